import json

from newsletter.summaries.journal import Journal


def test_what_was_written_is_found_by_the_next_one_in_order(tmp_path):
    path = tmp_path / "answers.journal"
    first = Journal(path)
    for number in range(3):
        first.write({"turn": number, "answer": "확산 모델\n\u2028"})
    assert [each["turn"] for each in Journal(path).left_behind()] == [0, 1, 2]
    assert Journal(path).left_behind()[0]["answer"] == "확산 모델\n\u2028"


def test_what_is_stored_leaves_the_file(tmp_path):
    path = tmp_path / "answers.journal"
    journal = Journal(path)
    journal.stored([journal.write({"turn": 0})])
    assert path.read_bytes() == b""


def test_what_is_not_stored_yet_stays_when_the_file_is_written_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("newsletter.summaries.journal.MOST", 100)
    path = tmp_path / "answers.journal"
    journal = Journal(path)
    numbers = [journal.write({"turn": turn, "answer": "x" * 60}) for turn in range(9)]
    journal.stored(numbers[:8])
    journal.write({"turn": 9})
    assert [each["turn"] for each in Journal(path).left_behind()] == [8, 9]


def test_a_line_that_was_cut_off_is_no_answer(tmp_path):
    path = tmp_path / "answers.journal"
    path.write_text(json.dumps({"turn": 0}) + '\n{"turn": 1, "ans', encoding="utf-8")
    journal = Journal(path)
    assert [each["turn"] for each in journal.left_behind()] == [0]
    journal.clear()
    journal.write({"turn": 2})
    assert [each["turn"] for each in Journal(path).left_behind()] == [2]


def test_half_a_surrogate_pair_and_a_full_disk_stop_nothing(tmp_path, caplog):
    journal = Journal(tmp_path / "answers.journal")
    journal.write({"answer": "\ud83d"})
    assert Journal(journal.path).left_behind()
    gone = Journal(tmp_path / "no such folder" / "answers.journal")
    gone.stored([gone.write({"turn": 0})])
    assert "cannot be written" in caplog.text
