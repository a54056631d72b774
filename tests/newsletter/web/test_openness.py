"""Who may see a paper's pages: everybody once it is out, nobody once an editor took it back."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from newsletter.editions.mailed import MailedPapers
from newsletter.images.pictures import stem_of
from newsletter.models import Edition, Figure, MailedPaper
from newsletter.web import openness
from tests.factories import DAY, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db


def pages(paper):
    return [f"/papers/{paper.arxiv_id}/en/", f"/papers/{paper.arxiv_id}/ko/in-depth/", figure_of(paper)]


def figure_of(paper):
    return f"/papers/{paper.arxiv_id}/figures/1-1-abc-600.png"


def illustrate(paper):
    Figure.objects.create(
        paper=paper,
        position=1,
        state="shown",
        licence_name="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        width=1200,
        height=400,
        files={name: f"figures/{paper.pk}/1-1-abc-{name}" for name in ("600.png", "600.webp")},
    )


@pytest.fixture
def paper(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = make_paper(image_url="https://pictures.example/one.png")
    illustrate(made)
    file = tmp_path / f"figures/{made.pk}/1-1-abc-600.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\x89PNG")
    return made


def answers(client, paper):
    return {client.get(page).status_code for page in pages(paper)}


@pytest.mark.parametrize(
    ("state", "wanted"), [("draft", 404), ("held", 404), ("approved", 200), ("frozen", 200)]
)
def test_a_paper_is_public_while_an_approved_or_frozen_edition_shows_it(client, paper, state, wanted):
    make_edition(make_topic(), [paper], state=state)
    assert answers(client, paper) == {wanted}


def test_a_paper_of_no_edition_is_public_once_a_digest_held_it(client, paper):
    assert answers(client, paper) == {404}
    MailedPapers().note([paper.pk], on=DAY)
    assert answers(client, paper) == {200}
    make_edition(make_topic(), [paper], state=Edition.State.DRAFT)
    assert answers(client, paper) == {200}


@pytest.mark.parametrize("state", Edition.State.values)
def test_what_an_editor_hid_is_taken_back_from_whoever_got_it(client, paper, state):
    edition = make_edition(make_topic(), [paper], state=state)
    MailedPapers().note([paper.pk], on=DAY)
    edition.entries.update(is_hidden=True)
    assert answers(client, paper) == {404}
    make_edition(make_topic(), [paper])
    assert answers(client, paper) == {200}, "another edition shows it"


def test_staff_see_what_is_not_out_yet_and_not_what_was_hidden(client, paper):
    edition = make_edition(make_topic(), [paper], state=Edition.State.DRAFT)
    client.force_login(User.objects.create_user("someone"))
    assert answers(client, paper) == {404}
    client.force_login(User.objects.create_user("editor", is_staff=True))
    assert answers(client, paper) == {200}
    assert "Cookie" in client.get(pages(paper)[0])["Vary"], "no cache shows it to others"
    edition.entries.update(is_hidden=True)
    assert answers(client, paper) == {404}


def test_the_copied_picture_goes_with_its_paper(client, paper, settings, django_assert_num_queries):
    folder = Path(settings.MEDIA_ROOT) / "pictures"
    folder.mkdir()
    other = make_paper(image_url="https://pictures.example/two.png")
    addresses = []
    for one in (paper, other):
        (folder / f"{stem_of(one.image_url)}.png").write_bytes(b"\x89PNG")
        addresses.append(f"/pictures/{stem_of(one.image_url)}.png")
    edition = make_edition(make_topic(), [paper, other])
    openness._taken_back.cache_clear()
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    edition.entries.filter(paper=paper).update(is_hidden=True)
    openness._taken_back.cache_clear()
    assert [client.get(address).status_code for address in addresses] == [404, 200]
    with django_assert_num_queries(0):
        client.get(addresses[1])
    openness._taken_back.cache_clear()


def test_papers_are_noted_once_whoever_says_so_and_however_often(django_assert_num_queries):
    papers = [make_paper().pk for _ in range(30)]
    first, second = MailedPapers(), MailedPapers()
    with django_assert_num_queries(2):
        first.note([*papers, 999_999], on=DAY)
    with django_assert_num_queries(0):
        first.note(papers[:10], on=DAY)
    second.note(papers, on=DAY + timedelta(days=1))
    last = DAY + timedelta(days=1)
    noted = set(MailedPaper.objects.values_list("paper_id", "since", "until"))
    assert noted == {(pk, DAY, last) for pk in papers}
    first.note(papers, on=DAY)
    assert not MailedPaper.objects.exclude(until=last).exists(), "an older day takes nothing back"
