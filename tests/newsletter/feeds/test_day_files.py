"""A day as Markdown, in each form, and copies of the archive."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from newsletter.feeds import static_copy
from newsletter.models import Edition, Entry, Paper, Summary
from tests.factories import DAY, make_edition, make_paper, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

HOSTILE = "---\n# no: \"heading\" 'q' | [x](javascript:1) <script> *b* `c`\n- [ ] \U0001f9ea עברית"
THEME_KEYS = (
    "title date author cover categories tags description keywords toc toc_number toc_style_simple copyright"
    " copyright_author copyright_author_href copyright_url copyright_info mathjax katex aplayer"
    " highlight_shrink aside"
)


@pytest.fixture
def paper() -> Paper:
    made = make_paper(title="Folding shirts", votes=48, comment="Accepted at CVPR 2026", version=2)
    make_summary(made, "ko", title="셔츠 접기", sentence="로봇이 셔츠를 접습니다.")
    make_edition(make_topic("shirts", names={"en": "Shirts: all", "ko": "셔츠"}), [made, make_paper()])
    return made


def read(client, form: str = "", language: str = "ko") -> tuple[dict, str]:
    """The front matter and the text of the day's file."""
    answer = client.get(f"/archive/{DAY}/{language}.md{f'?form={form}' if form else ''}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    return split(answer.content.decode())


def split(text: str) -> tuple[dict, str]:
    if not text.startswith("---\n"):
        return {}, text
    front, _, body = text.removeprefix("---\n").partition("\n---\n")
    return yaml.safe_load(front), body


def test_the_plain_form_has_all_that_is_said(client, paper):
    front, body = read(client)
    assert front["date"] == DAY
    assert front["language"] == "ko"
    assert front["topics"] == ["셔츠"]
    lines = body.splitlines()
    assert "## 셔츠" in lines
    assert any(line.startswith("### [셔츠 접기](") for line in lines)
    assert "*Folding shirts*" in lines
    assert "**로봇이 셔츠를 접습니다.**" in lines
    assert sum(line.startswith("- Takeaway") for line in lines) == 3
    assert "Ada Lovelace, Emmy Noether" in lines
    assert any(line.startswith(f"arXiv:{paper.arxiv_id} · [") for line in lines)


def test_the_form_of_the_korean_digest(client, paper):
    front, body = read(client, "papers_ko")
    lines = body.splitlines()
    assert front == {}
    assert lines[:3] == [
        f"## Daily Papers ({DAY})",
        "",
        f"### [Folding shirts](https://arxiv.org/abs/{paper.arxiv_id})",
    ]
    assert "Vote: 48" in lines
    assert "Authors: Ada Lovelace, Emmy Noether" in lines
    assert "- 로봇이 셔츠를 접습니다." in lines


def test_the_form_of_the_chinese_blog(client, paper):
    front, body = read(client, "autofx", "zh-Hans")
    assert list(front) == THEME_KEYS.split()
    assert front["title"] == "Shirts: all"
    assert front["tags"] == ["Shirts: all"]
    assert (front["toc"], front["toc_number"], front["mathjax"]) == (None, False, True)
    assert front["date"].date() == DAY
    lines = body.splitlines()
    order = [
        f"# {DAY} 更新",
        "## Folding shirts",
        "**Authors:Ada Lovelace, Emmy Noether**",
        f"[PDF](http://arxiv.org/abs/{paper.arxiv_id}v2) Accepted at CVPR 2026",
        "**Summary**",
        "**Key Takeaways**",
    ]
    places = [lines.index(line) for line in order]
    assert places == sorted(places)
    assert lines[places[-1] + 1].startswith("- ")
    assert f"<li>PDF: https://arxiv.org/pdf/{paper.arxiv_id}</li>" in lines


@pytest.mark.parametrize("form", ["plain", "papers_ko", "autofx"])
def test_no_text_of_a_paper_leaves_its_line_or_the_front_matter(client, form):
    made = make_paper(title=HOSTILE, abstract=HOSTILE, authors=[HOSTILE], comment=HOSTILE)
    make_summary(made, "ko", title=HOSTILE, sentence=HOSTILE, takeaways=[{"text": HOSTILE, "evidence": ""}])
    make_edition(make_topic("t", names={"ko": HOSTILE}), [made])
    front, body = read(client, form)
    assert "<script" not in body.replace("\\<", "")
    assert "](javascript" not in body.replace("\\]", "")
    assert not any(line.startswith(("---", "- [ ]")) for line in body.splitlines())
    if front:
        assert all(isinstance(name, str) and name.isidentifier() for name in front)
        assert "no: \"heading\" 'q'" in " ".join(front.get("topics") or front["tags"])


def test_a_long_day_has_the_first_of_each_topic_and_links_to_the_rest(client, monkeypatch):
    monkeypatch.setattr("newsletter.web.feed_pages.OF_A_DAY", 4)
    shared, *robots = (make_paper(title=f"Robot {number}") for number in range(5))
    make_edition(make_topic("robots"), [shared, *robots])
    make_edition(make_topic("shirts"), [shared, make_paper(title="Shirt")])
    _, body = read(client, language="en")
    assert [line[5:12] for line in body.splitlines() if line.startswith("### ")] == [
        "Robot 0",
        "Robot 1",
        "Robot 2",
        "Shirt](",
    ]
    rest = f"<{settings.SITE_URL}/archive/{DAY}/en/?topic=robots>"
    assert [line for line in body.splitlines() if "?topic=" in line] == [f"… 2: {rest}"]


def test_what_is_not_there_is_not_found(client, paper):
    for path in (f"{DAY}/ko.md?form=pdf", f"{DAY}/tlh.md", "2020-01-01/ko.md", "2026-99-99/ko.md"):
        assert client.get(f"/archive/{path}").status_code == 404


# -- the copy ------------------------------------------------------------------------------------------------


def export(folder: Path, *arguments: str, capsys) -> dict:
    """What the command says it did."""
    call_command("export_archive", str(folder), "--json", *arguments)
    return json.loads(capsys.readouterr().out)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_copy_is_written_once_and_then_only_where_something_changed(paper, tmp_path, capsys):
    made = export(tmp_path, capsys=capsys)
    assert (made["days"], made["written"], made["problems"]) == (1, 2, [])
    first = files_in(tmp_path)
    assert set(first) == {f"{DAY}/en.md", f"{DAY}/ko.md", static_copy.LEDGER}
    again = export(tmp_path, capsys=capsys)
    assert (again["written"], again["unchanged"], files_in(tmp_path) == first) == (0, 2, True)
    Summary.objects.update(sentence="로봇이 옷을 갭니다.")
    changed = export(tmp_path, capsys=capsys)
    assert (changed["written"], changed["unchanged"]) == (1, 1)
    assert "로봇이 옷을 갭니다" in (tmp_path / f"{DAY}/ko.md").read_text()


def test_what_is_hidden_leaves_the_copy_and_what_is_not_ours_stays(paper, tmp_path, capsys):
    export(tmp_path, capsys=capsys)
    (tmp_path / "README.md").write_text("mine")
    Entry.objects.filter(paper=paper).update(is_hidden=True)
    export(tmp_path, capsys=capsys)
    assert "셔츠 접기" not in (tmp_path / f"{DAY}/ko.md").read_text()
    Edition.objects.update(state=Edition.State.HELD)
    assert export(tmp_path, capsys=capsys)["removed"] == 2
    assert set(files_in(tmp_path)) == {"README.md", static_copy.LEDGER}


def test_what_a_stopped_export_wrote_is_removed_with_its_day(paper, tmp_path, capsys, monkeypatch):
    write = static_copy.StaticCopy._write
    written: list[str] = []

    def write_or_stop(copy: static_copy.StaticCopy, path: str, content: bytes) -> bool:
        if written:
            raise KeyboardInterrupt
        written.append(path)
        return write(copy, path, content)

    with monkeypatch.context() as stopped:
        stopped.setattr(static_copy.StaticCopy, "_write", write_or_stop)
        stopped.setattr(static_copy.StaticCopy, "__exit__", lambda *_: None)  # as by the loss of the machine
        with pytest.raises(KeyboardInterrupt):
            export(tmp_path, capsys=capsys)
    assert f"{DAY}/en.md" in files_in(tmp_path)
    with (tmp_path / static_copy.LEDGER).open("a") as ledger:
        ledger.write(f"{DAY}/e")  # half a line
    Edition.objects.update(state=Edition.State.HELD)
    assert export(tmp_path, capsys=capsys)["removed"] == 1
    assert files_in(tmp_path) == {static_copy.LEDGER: b""}


def test_the_ledger_is_written_once_however_many_days(paper, tmp_path, capsys, monkeypatch):
    for days in (1, 2):
        make_edition(make_topic(), [make_paper()], day=DAY + timedelta(days=days))
    write = static_copy.StaticCopy._write
    written: list[str] = []

    def write_and_note(copy: static_copy.StaticCopy, path: str, content: bytes) -> bool:
        written.append(path)
        return write(copy, path, content)

    monkeypatch.setattr(static_copy.StaticCopy, "_write", write_and_note)
    export(tmp_path, capsys=capsys)
    assert (len(written), written.count(static_copy.LEDGER)) == (7, 1)


def test_the_blogs_form_has_a_file_for_each_topic_whatever_its_slug(paper, tmp_path, capsys):
    odd = make_topic("../../../evil", names={"en": "Odd"})
    make_edition(odd, [make_paper()])
    folder = tmp_path / "copy"
    export(folder, "--form", "autofx", capsys=capsys)
    assert set(files_in(folder)) == {
        f"{DAY}/zh-Hans/shirts.md",
        f"{DAY}/zh-Hans/evil-{odd.pk}.md",
        static_copy.LEDGER,
    }
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]
    front, _ = split((folder / f"{DAY}/zh-Hans/shirts.md").read_text())
    assert front["title"] == "Shirts: all"


def test_nothing_is_written_or_removed_outside(paper, tmp_path, capsys):
    outside, folder = tmp_path / "outside", tmp_path / "copy"
    outside.mkdir()
    (outside / "precious.md").write_text("mine")
    folder.mkdir()
    (folder / str(DAY)).symlink_to(outside)
    listed = ["../outside/precious.md", f"{DAY}/precious.md", f"{DAY}/../../outside/precious.md"]
    (folder / static_copy.LEDGER).write_text("\n".join(listed))
    with pytest.raises(SystemExit):
        call_command("export_archive", str(folder), "--json")
    assert "outside" in capsys.readouterr().err
    assert files_in(outside) == {"precious.md": b"mine"}


def test_a_range_is_copied_and_bad_arguments_are_refused_in_a_sentence(paper, tmp_path, capsys):
    make_edition(make_topic(), [make_paper()], day=DAY + timedelta(days=1))
    assert export(tmp_path / "some", "--to", str(DAY), "--language", "en", capsys=capsys)["days"] == 1
    (tmp_path / "file").write_text("")
    for arguments in (
        [str(tmp_path), "--from", "2026-04-01", "--to", "2026-03-01"],
        [str(tmp_path / "file")],
    ):
        with pytest.raises(CommandError) as refused:
            call_command("export_archive", *arguments)
        assert refused.value.returncode == 2
