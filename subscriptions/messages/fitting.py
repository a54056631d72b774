"""A digest is made to fit into a mail: what Gmail would cut off stands on its page."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.conf import settings

from newsletter.rendering.cards import group_heading
from newsletter.rendering.fragments import Encoding, Fragment, base64_size, encode_qp
from newsletter.rendering.layout import saved_end
from newsletter.rendering.reasons import Chip
from subscriptions.messages.blocks import AnyBlock
from subscriptions.messages.digest import Digest, frame_of, headings_of

LARGEST_HTML = 90_000  # bytes as they are sent; Gmail cuts a mail at about 102,000
OWN_TEXTS = 2_500  # bytes, at most: the reader's own preheader and tally in the HTML
LONGEST_PATH = 72  # characters, at most: the path of a reader's own link


class Encodings(NamedTuple):
    """How the two bodies of a message are encoded."""

    html: Encoding
    text: Encoding


def fit_digest(digest: Digest) -> tuple[Digest, Encodings]:
    """The digest with as many cards as there is room for, and the encodings in which it is smaller.

    1. Cards after the first are shortened, from the last on. 2. The rest go to the lines, new papers before
    updates. 3. If there is still too much, lines are cut.
    """
    cards, lines, groups = list(digest.cards), list(digest.lines), list(digest.groups)
    in_cards, in_lines = list(digest.in_cards), list(digest.in_lines)
    sizes = _sizes(digest)
    for at in range(len(cards) - 1, 0, -1):
        if min(sizes) <= LARGEST_HTML - OWN_TEXTS:
            break
        if (short := digest.compact(at)) is not None and short.sizes < cards[at].sizes:
            sizes = _changed(_changed(sizes, [cards[at]], -1), [short], 1)
            cards[at] = short
    while min(sizes) > LARGEST_HTML - OWN_TEXTS and (len(cards) > 1 or lines):
        if len(cards) > 1:
            last_new = len(cards) - 1 - digest.updates
            at = last_new if last_new > 0 else len(cards) - 1
            in_lines.insert(0, in_cards.pop(at))
            block = cards.pop(at)
            if groups:
                sizes = _changed(sizes, _heading_lost(groups, at, digest.language), -1)
                del groups[at]
            lines.insert(0, block.line)
            sizes = _changed(_changed(sizes, [block], -1), [block.line.html], 1)
        else:
            in_lines.pop()
            sizes = _changed(sizes, [lines.pop().html], -1)
    if tuple(cards) != digest.cards or len(lines) != len(digest.lines):
        digest = replace(
            digest,
            cards=tuple(cards),
            groups=tuple(groups),
            lines=tuple(lines),
            in_cards=tuple(in_cards),
            in_lines=tuple(in_lines),
        )
    texts = [block.text_sizes for block in digest.cards]
    return digest, Encodings(
        html=_smaller(sizes),
        text=_smaller((sum([quoted for quoted, _ in texts]), sum([based for _, based in texts]))),
    )


def _heading_lost(groups: Sequence[Chip | None], at: int, language: str) -> list[Fragment]:
    """The heading that goes with the card at ``at``, where it stands alone under it."""
    if groups[at] in (*groups[max(at - 1, 0) : at], *groups[at + 1 : at + 2]):
        return []
    return [group_heading(groups[at], language=language).html]


def _sizes(digest: Digest) -> tuple[int, int]:
    """The bytes of the HTML's fragments in quoted-printable and in base64."""
    around = [frame_of(digest).html, *digest.signs, digest.notes.html, digest.corrections.html]
    around += [line.html for line in digest.saved]
    around += [heading.html for heading in headings_of(digest).values()]
    if digest.saved:
        around.append(saved_end(language=digest.language).html)
    return _changed((0, 0), [*around, *digest.cards, *[line.html for line in digest.lines]], 1)


def _changed(sizes: tuple[int, int], fragments: Sequence[Fragment | AnyBlock], sign: int) -> tuple[int, int]:
    quoted, based = sizes
    slots = 0
    for fragment in fragments:
        quoted += sign * fragment.sizes[0]
        based += sign * fragment.sizes[1]
        slots += fragment.slots
    own_quoted, own_based = _link_sizes(settings.SITE_URL)
    return quoted + sign * slots * own_quoted, based + sign * slots * own_based


@lru_cache(maxsize=8)
def _link_sizes(site_url: str) -> tuple[int, int]:
    """The bytes that one of the reader's own links takes at most, in quoted-printable and in base64."""
    longest = f' href="{escape(site_url)}{"x" * LONGEST_PATH}'.encode()
    return len(encode_qp(longest, False)), base64_size(longest)


def _smaller(sizes: tuple[int, int]) -> Encoding:
    return "quoted-printable" if sizes[0] <= sizes[1] else "base64"
