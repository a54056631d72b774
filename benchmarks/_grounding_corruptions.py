"""What is done to a true summary to see whether the checks notice: deterministic, given a seed.

The words that turn a comparison round are this file's own: the checks' lists are not made from them, and the
benchmark reports those that the lists happen to hold and those that they do not apart.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks._antonyms import ANTONYMS
from newsletter.grounding import Source
from newsletter.grounding.names import names
from newsletter.grounding.polarity import DEFEATS, axes_of
from newsletter.grounding.word_places import PHRASES
from newsletter.grounding.words import STOP_WORDS, normalise, words


@dataclass(frozen=True, slots=True)
class Pair:
    """A real summary with its paper and the day it was listed on."""

    day: str
    source: Source
    summary: str


@dataclass(frozen=True, slots=True)
class Corruption:
    """``kind`` names the figure; ``word`` is what was put in."""

    kind: str
    text: str
    word: str = ""


# Word → what an ill-disposed or careless writer may put in its place.
FLIPS = {
    "outperforms": ("underperforms", "trails", "falls short of", "loses to"),
    "outperforming": ("underperforming", "trailing", "falling short of", "losing to"),
    "outperform": ("underperform", "trail", "fall short of", "lose to"),
    "surpasses": ("lags behind", "trails", "falls below"),
    "surpassing": ("lagging behind", "trailing", "falling below"),
    "surpass": ("lag behind", "trail", "fall below"),
    "exceeds": ("falls below", "undershoots"),
    "exceeding": ("falling below", "undershooting"),
    "improves": ("worsens", "degrades", "hurts", "erodes", "hobbles"),
    "improving": ("worsening", "degrading", "hurting", "eroding", "hobbling"),
    "improve": ("worsen", "degrade", "hurt", "erode", "hobble"),
    "improved": ("worsened", "degraded", "reduced", "eroded"),
    "improvements": ("regressions", "degradations", "setbacks", "losses"),
    "improvement": ("regression", "degradation", "setback", "loss"),
    "enhances": ("diminishes", "weakens", "impairs", "blunts", "saps"),
    "enhancing": ("diminishing", "weakening", "impairing", "blunting", "sapping"),
    "enhance": ("diminish", "weaken", "impair", "blunt", "sap"),
    "enhanced": ("diminished", "weakened", "impaired", "blunted"),
    "boosts": ("lowers", "undercuts", "dents"),
    "boosting": ("lowering", "undercutting", "denting"),
    "strengthens": ("weakens", "dilutes"),
    "reduces": ("increases", "raises", "inflates", "swells"),
    "reducing": ("increasing", "raising", "inflating", "swelling"),
    "reduce": ("increase", "raise", "inflate", "swell"),
    "reduced": ("increased", "raised", "inflated"),
    "decreases": ("increases", "raises", "inflates"),
    "decreasing": ("increasing", "raising", "inflating"),
    "lowering": ("raising", "increasing", "bumping up"),
    "increases": ("reduces", "lowers", "shrinks"),
    "increasing": ("reducing", "lowering", "shrinking"),
    "increase": ("reduce", "lower", "shrink"),
    "increased": ("reduced", "lowered", "curbed"),
    "better": ("worse", "poorer", "shoddier"),
    "best": ("worst", "poorest"),
    "superior": ("inferior", "worse", "second-rate"),
    "higher": ("lower", "poorer"),
    "lower": ("higher", "greater"),
    "faster": ("slower", "more sluggish"),
    "fewer": ("more", "additional"),
    "smaller": ("larger", "bulkier"),
    "larger": ("smaller", "tinier"),
    "stronger": ("weaker", "feebler"),
    "accelerates": ("slows down", "bogs down", "delays"),
    "accelerating": ("slowing down", "bogging down", "delaying"),
    "accelerate": ("slow down", "bog down", "delay"),
    "mitigates": ("exacerbates", "worsens", "inflames"),
    "mitigating": ("exacerbating", "worsening", "inflaming"),
    "mitigate": ("exacerbate", "worsen", "inflame"),
    "achieves": ("fails to achieve", "misses", "forfeits"),
    "achieving": ("failing to achieve", "missing", "forfeiting"),
    "outstanding": ("dismal", "lacklustre"),
    "more": ("less",),
    "less": ("more",),
    "efficient": ("inefficient", "wasteful"),
    "efficiently": ("inefficiently", "wastefully"),
    "effectively": ("ineffectively", "poorly"),
    "effective": ("ineffective", "useless"),
    "robust": ("fragile", "brittle", "shaky"),
    "stable": ("unstable", "jittery"),
    "accurate": ("inaccurate", "error-prone"),
    "high": ("low",),
    "significantly": ("negligibly", "barely"),
    "consistently": ("rarely", "erratically"),
    "simplifies": ("complicates", "muddles"),
    "without": ("with", "only after"),
    "enables": ("prevents", "rules out"),
    "enabling": ("preventing", "ruling out"),
}  # fmt: skip

# The same in words that the checks' lists lack, which the benchmark makes sure of: how blind the rules are.
UNLISTED = {
    "outperforms": ("kowtows to", "bows to"),
    "improves": ("vandalises", "torpedoes"),
    "improving": ("vandalising", "torpedoing"),
    "improved": ("vandalised", "torpedoed"),
    "enhances": ("scuppers", "vandalises"),
    "enhancing": ("scuppering", "vandalising"),
    "enhance": ("scupper", "vandalise"),
    "reduces": ("plumps", "pads"),
    "reducing": ("plumping", "padding"),
    "superior": ("crummy", "laughable"),
    "better": ("crummier", "ropier"),
    "higher": ("measlier", "punier"),
    "high": ("measly", "puny"),
    "efficient": ("gluttonous", "spendthrift"),
    "effective": ("toothless", "impotent"),
    "robust": ("skittish", "twitchy"),
    "accurate": ("slapdash", "harebrained"),
    "achieves": ("chases", "dodges"),
    "achieving": ("chasing", "dodging"),
    "enables": ("torpedoes", "jinxes"),
    "enabling": ("torpedoing", "jinxing"),
}  # fmt: skip

NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty")
_NUMBER = re.compile(r"(?<![\w.,$^/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w]*[A-Z][a-z]|\d)")
_WORD_NUMBER = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_METHOD = re.compile(r"(?<![\w-])(?=[\w-]*[a-z\d-]?[A-Z][\w-]*)[A-Za-z][\w]*(?:-[\w]+)*(?![\w-])")


def method_of(source: Source) -> str:
    """The paper's own method: what stands before a colon in the title, where that looks like a name."""
    head, colon, _ = source.title.partition(":")
    head = head.strip()
    if not colon or len(head.split()) > 2 or not _looks_like_name(head):
        return ""
    return head


def _looks_like_name(head: str) -> bool:
    return any(letter.isupper() for letter in head[1:]) and head.replace("-", "").replace(" ", "").isalnum()


def swap(_pair: Pair, others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    return Corruption("swapped", chance.choice(others).summary) if others else None


def append(pair: Pair, others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    if not others:
        return None
    extra = chance.choice(others).summary
    return Corruption("appended", f"{pair.summary.rstrip('.')}. {extra}")


def change_number(pair: Pair, _others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    numbers = [*_NUMBER.finditer(pair.summary), *_WORD_NUMBER.finditer(pair.summary)]
    if not numbers:
        return None
    chosen = chance.choice(numbers)
    new = _other_number(chosen.group(), pair.source.whole, chance)
    return _put(pair, chosen, new, "number")


def _other_number(old: str, source: str, chance: random.Random) -> str:
    for _ in range(50):
        if old.lower() in NUMBER_WORDS:
            new = chance.choice([word for word in NUMBER_WORDS if word != old.lower()])
        else:
            value = float(old.replace(",", ""))
            changed = value * chance.choice((0.3, 0.5, 0.7, 1.3, 1.6, 2, 3, 10, 0.1)) + chance.choice(
                (0, 1, 2, -1)
            )
            places = len(old.partition(".")[2])
            new = f"{abs(changed):,.{places}f}" if "," in old else f"{abs(changed):.{places}f}"
        standing = rf"(?<![\w.]){re.escape(new)}(?!\d|\.\d)"
        if new != old and not re.search(standing, source, re.IGNORECASE):
            return new
    return ""


def borrow_number(pair: Pair, _others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    """Puts in a number that the same abstract has elsewhere."""
    numbers = list(_NUMBER.finditer(pair.summary))
    of_abstract = sorted({each.group() for each in _NUMBER.finditer(pair.source.abstract)})
    if not numbers:
        return None
    chosen = chance.choice(numbers)
    choices = [number for number in of_abstract if number != chosen.group()]
    return _put(pair, chosen, chance.choice(choices), "number_same_abstract") if choices else None


def swap_method(pair: Pair, others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    own = method_of(pair.source)
    names = sorted({method_of(other.source) for other in others} - {"", own})
    names = [name for name in names if name.lower() not in pair.source.whole.lower()]
    chosen = re.search(rf"(?<![\w-]){re.escape(own)}(?![\w])", pair.summary) if own else None
    if not names or chosen is None:
        return None
    new = chance.choice(names)
    text = re.sub(rf"(?<![\w-]){re.escape(own)}(?![\w])", lambda _: new, pair.summary)
    return Corruption("method_name", text, new)


def flip(pair: Pair, _others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    return _flip(pair, chance, FLIPS, "comparative")


def flip_outlandish(pair: Pair, _others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    return _flip(pair, chance, UNLISTED, "comparative_unlisted")


def flip_unlisted(pair: Pair, _others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    return _flip(pair, chance, UNLISTED_ANTONYMS, "flip_unlisted")


def is_known(flip: str) -> bool:
    """Whether the checks' own lists hold what was put in, or a word of it."""
    if flip in DEFEATS or axes_of(flip) or PHRASES.search(flip):
        return True
    return any(word in DEFEATS or (word not in STOP_WORDS and axes_of(word)) for word in words(flip))


def _unlisted() -> Mapping[str, Sequence[str]]:
    unknown = {word: [other for other in others if not is_known(other)] for word, others in ANTONYMS.items()}
    return {word: others for word, others in unknown.items() if others}


UNLISTED_ANTONYMS = _unlisted()


def swap_name(pair: Pair, _others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    """Puts another name of the same abstract in one name's place, wherever the summary has it."""
    of_abstract = {name for name, sure in names(normalise(pair.source.abstract)) if sure}
    shared = sorted({name for name, sure in names(normalise(pair.summary)) if sure} & of_abstract)
    shared = [name for name in shared if name in pair.summary]
    if not shared:
        return None
    old = chance.choice(shared)
    choices = sorted(name for name in of_abstract if not _are_alike(name, old))
    if not choices:
        return None
    new = chance.choice(choices)
    text = re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", lambda _: new, pair.summary)
    return Corruption("name_same_abstract", text, new) if text != pair.summary else None


def _are_alike(one: str, other: str) -> bool:
    """Whether one name is a part or a plural of the other: "LLM" and "LLMs", "Qwen" and "Qwen3-8B"."""
    one, other = one.lower().rstrip("s"), other.lower().rstrip("s")
    return one in other or other in one


# They fit any paper, and so none.
STOCK = (
    "This paper analyses a problem and proposes a new solution.",
    "The authors propose a novel method that improves performance.",
    "Extensive experiments demonstrate the effectiveness of the proposed approach.",
    "The results show significant improvements over existing methods on several benchmarks.",
    "This work addresses important challenges and opens new directions for future research.",
    "The approach achieves state-of-the-art performance on multiple tasks.",
    "The study presents a comprehensive framework and evaluates it on real data.",
    "The code is publicly available, and the work offers valuable insights for the community.",
    "A new model is introduced that outperforms previous approaches across various datasets.",
    "The proposed technique is efficient, robust and general.",
)


def append_stock(pair: Pair, _others: Sequence[Pair], chance: random.Random) -> Corruption | None:
    return Corruption("appended_stock", f"{pair.summary.rstrip('.')}. {chance.choice(STOCK)}")


def _flip(
    pair: Pair, chance: random.Random, flips: Mapping[str, Sequence[str]], kind: str
) -> Corruption | None:
    candidates = [each for each in re.finditer(r"[A-Za-z-]+", pair.summary) if each.group().lower() in flips]
    if not candidates:
        return None
    chosen = chance.choice(candidates)
    return _put(pair, chosen, chance.choice(flips[chosen.group().lower()]), kind)


def _put(pair: Pair, place: re.Match[str], new: str, kind: str) -> Corruption | None:
    if not new:
        return None
    text = pair.summary[: place.start()] + new + pair.summary[place.end() :]
    return Corruption(kind, text, new)


ALL = (
    swap,
    append,
    append_stock,
    change_number,
    borrow_number,
    swap_method,
    swap_name,
    flip,
    flip_outlandish,
    flip_unlisted,
)
