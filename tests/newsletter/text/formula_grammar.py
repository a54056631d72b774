"""A small grammar of formulas, read from TeX and read from what Paperpost prints: both must say the same.

The two readers share nothing with :mod:`newsletter.text.tex` but its tables of names. A formula is a list of
nodes: a sign or number, ``("sup" | "sub", base, content)``, ``("frac", over, under)``, ``("root", content)``,
``("par", opening, content, closing)``. Brackets that only hold together what TeX's layout holds together are
dropped on both sides.
"""

import re
import unicodedata
from typing import Any

from newsletter.text.tex.symbols import (
    ACCENTS,
    DOUBLE_STRUCK,
    FUNCTIONS,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SWITCHES,
    SYMBOLS,
    words,
)

Node = Any

_PLAIN_WRAPPERS = words(
    "text textbf textit texttt textrm textsf textsc mathrm mathbf mathit mathsf mathtt mathcal mathfrak "
    "mathscr boldsymbol bm operatorname mbox"
)
_UP = {value: key for key, value in SUPERSCRIPTS.items() if value not in "°′″†‡*⋆™®±∓"}
_DOWN = {value: key for key, value in SUBSCRIPTS.items()}
_MARKS = tuple(ACCENTS.values())
_PAIRS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}
# Signs that stand raised or lowered at any height: as a script or beside their base they are the same.
_AT_HOME = {one: one for one in "⊙*⋆±∓°′″†‡"} | {"∘": "°", "∗": "*"}
_LEFT_OPEN = frozenset("+-−±∓×·⋅=<>≤≥≈~,;:|∈→↦∼∝≡≠≪≫⊂∪∩∧∨⊕⊗∖?.…")  # what ends an operand to the left


_BRACKETS = {"{": "{", "}": "}", "langle": "⟨", "rangle": "⟩"} | {
    f"{side}{shape}": sign
    for shape, signs in {"floor": "⌊⌋", "ceil": "⌈⌉"}.items()
    for side, sign in zip("lr", signs, strict=True)
}


class NotCovered(Exception):  # noqa: N818 - it is no failure
    """The formula uses what this grammar leaves out."""


def read_tex(source: str) -> list[Node]:
    """The formula inside ``$…$``. Raises :class:`NotCovered`."""
    nodes, at = _Tex(source).nodes("")
    if at != len(source):
        raise NotCovered(source)
    return _canonical(nodes)


class _Tex:
    def __init__(self, source: str) -> None:
        self.source = source

    def nodes(self, closing: str, at: int = 0) -> tuple[list[Node], int]:
        nodes: list[Node] = []
        while at < len(self.source):
            if closing and self.source.startswith(closing, at):
                return _paired(nodes), at + len(closing)
            if self.source[at] in "^_":
                kind = "sup" if self.source[at] == "^" else "sub"
                content, at = self.argument(at + 1)
                base = nodes.pop() if nodes else None
                if isinstance(base, tuple) and base[0] == "open":
                    nodes.append(base)
                    base = None
                if isinstance(base, tuple) and base[0] in {"close", "late"}:
                    nodes.append(base)
                    nodes.append(("late", kind, content))
                else:
                    nodes.append((kind, base, content))
                continue
            more, at = self.one(at)
            nodes += more
        if closing:
            raise NotCovered(self.source)
        return _paired(nodes), at

    def argument(self, at: int) -> tuple[list[Node], int]:
        while self.source[at : at + 1].isspace():
            at += 1
        if at >= len(self.source) or self.source[at] in "^_}":
            raise NotCovered(self.source)
        if self.source[at] == "{":
            return self.nodes("}", at + 1)
        if self.source[at].isdecimal():
            return [self.source[at]], at + 1
        content, at = self.one(at)
        if not content:
            raise NotCovered(self.source)  # a switch where a script is due
        return content, at

    def one(self, at: int) -> tuple[list[Node], int]:
        sign = self.source[at]
        if sign == "\\":
            return self.command(at + 1)
        if sign == "{":
            nodes, at = self.nodes("}", at + 1)
            return ([("group", nodes)] if len(nodes) != 1 else nodes), at
        if sign.isdecimal():
            number = re.compile(r"\d+(?:\.\d+)?").match(self.source, at)
            assert number
            return [number.group()], number.end()
        if sign in "([":
            return [("open", sign)], at + 1
        if sign in ")]":
            return [("close", sign)], at + 1
        if sign.isspace() or sign in "~&":
            return [], at + 1
        if sign in "$}":
            raise NotCovered(self.source)
        return ["′" if sign == "'" else sign], at + 1

    def command(self, at: int) -> tuple[list[Node], int]:  # noqa: C901 - one case a command
        match = re.compile(r"[A-Za-z]+|.", re.DOTALL).match(self.source, at)
        if not match:
            raise NotCovered(self.source)
        name, at = match.group(), match.end()
        if name in SPACES or name in SWITCHES:
            return [], at + (name in {"left", "right"} and self.source.startswith(".", at))
        if name in _BRACKETS:
            sign = _BRACKETS[name]
            return [("open" if sign in _PAIRS else "close", sign)], at
        if name in {"frac", "tfrac", "dfrac"}:
            over, at = self.argument(at)
            under, at = self.argument(at)
            return [("frac", over, under)], at
        if name in {"xrightarrow", "xleftarrow"}:
            content, at = self.argument(at)
            return [SYMBOLS[name], ("sup", None, content)], at
        if name == "sqrt":
            if self.source.startswith("[", at):
                raise NotCovered(self.source)
            content, at = self.argument(at)
            return [("root", content)], at
        if name in _PLAIN_WRAPPERS:
            content, at = self.argument(at)
            return list(content), at
        if name == "mathbb":
            content, at = self.argument(at)
            return [DOUBLE_STRUCK.get(one, one) for one in content], at
        if name in ACCENTS:
            content, at = self.argument(at)
            if len(content) != 1 or not isinstance(content[0], str) or len(content[0]) != 1:
                raise NotCovered(self.source)
            return [unicodedata.normalize("NFC", content[0] + ACCENTS[name])], at
        if name in FUNCTIONS:
            return list({"limsup": "limsup", "liminf": "liminf"}.get(name, name)), at
        if name in SYMBOLS and (len(name) > 1 or name == "|"):
            return [one for one in SYMBOLS[name] if not one.isspace()], at
        if name in "%&#$":
            return [name], at
        raise NotCovered(self.source)


def _paired(nodes: list[Node]) -> list[Node]:
    """Brackets with what stands between them as one node, which late scripts have as their base."""
    stack: list[list[Node]] = [[]]
    openings: list[str] = []
    for node in nodes:
        kind = node[0] if isinstance(node, tuple) else ""
        if kind == "open":
            openings.append(node[1])
            stack.append([])
        elif kind == "close":
            if not openings:
                raise NotCovered
            inside = stack.pop()
            stack[-1].append(("par", openings.pop(), inside, node[1]))
        elif kind == "late":
            stack[-1].append((node[1], stack[-1].pop(), node[2]))
        else:
            stack[-1].append(node)
    if openings:
        raise NotCovered
    return stack[0]


def read_printed(text: str) -> list[Node]:
    """The formula as a mail shows it. Raises :class:`NotCovered`."""
    nodes, at = _printed(unicodedata.normalize("NFC", text), 0, "")
    if at != len(text) and at != len(unicodedata.normalize("NFC", text)):
        raise NotCovered(text)
    return _canonical(nodes)


def _printed(text: str, at: int, closing: str) -> tuple[list[Node], int]:  # noqa: C901 - one case a sign
    nodes: list[Node] = []
    while at < len(text):
        sign = text[at]
        if closing and sign in ")]}⟩⌋⌉":
            return nodes, at
        if sign in _PAIRS:
            inside, at = _printed(text, at + 1, _PAIRS[sign])
            if at >= len(text):
                raise NotCovered(text)
            nodes.append(("par", sign, inside, text[at]))
            at += 1
        elif sign in ")]}⟩⌋⌉":
            raise NotCovered(text)
        elif sign in _UP or sign in _DOWN:
            table, kind = (_UP, "sup") if sign in _UP else (_DOWN, "sub")
            end = at
            while end < len(text) and (text[end] in table or (text[end] == "*" and text[end - 1] in "⁽₍")):
                end += 1
            inside, _ = _printed("".join(table.get(one, one) for one in text[at:end]), 0, "")
            nodes.append((kind, nodes.pop() if nodes else None, inside))
            at = end
        elif sign in "^_" and at + 1 < len(text):
            inside, at = _marked(text, at + 1)
            nodes.append(("sup" if sign == "^" else "sub", nodes.pop() if nodes else None, inside))
        elif sign.isdecimal():
            number = re.compile(r"\d+(?:\.\d+)?").match(text, at)
            assert number
            end = number.end()
            while end < len(text) and text[end] in _MARKS:
                end += 1
            nodes.append(text[at:end])
            at = end
        elif sign == "√":
            inside, at = _operand(text, at + 1)
            nodes.append(("root", inside))
            at += text.startswith("·", at)
        elif sign.isspace():
            at += 1
        else:
            end = at + 1
            while end < len(text) and text[end] in _MARKS:
                end += 1
            nodes.append(text[at:end])
            at = end
    return nodes, at


def _marked(text: str, at: int) -> tuple[list[Node], int]:
    if text[at] in "([":
        inside, end = _printed(text, at + 1, ")")
        content = inside if text[at] == "(" else [("par", "[", inside, "]")]
        return content, end + 1
    end = at
    while end < len(text) and _runs_on(text[end]):
        end += 1
    end = max(end, at + 1)
    inside, _ = _printed(text[at:end], 0, "")
    return inside, end


def _runs_on(sign: str) -> bool:
    """Whether a script without brackets goes on: letters, figures and their marks, but no further script."""
    return (sign.isalnum() or sign == "." or sign in _MARKS) and sign not in _UP and sign not in _DOWN


def _operand(text: str, at: int) -> tuple[list[Node], int]:
    """The one thing under a root."""
    if text[at : at + 1] == "(":
        inside, end = _printed(text, at + 1, ")")
        return inside, end + 1
    found = re.compile(r"√?(?:\d+(?:\.\d+)?|[A-Z]{2,}|[^\W\d_]{4,}|.)").match(text, at)
    if not found:
        raise NotCovered(text)
    end = found.end()
    while end < len(text) and (text[end] in _UP or text[end] in _DOWN or text[end] in (*_MARKS, "′", "*")):
        end += 1
    if end < len(text) and text[end] in "_^":
        _, end = _marked(text, end + 1)
    inside, _ = _printed(text[at:end], 0, "")
    return inside, end


def _canonical(nodes: list[Node]) -> list[Node]:
    """Groups spliced, slashes as fractions, brackets dropped where they only hold a part together."""
    flat: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            flat.append({"−": "-", "∼": "~", "⋅": "·", "∣": "|", "∗": "*"}.get(node, node))
        elif node[0] == "group":
            flat += _canonical(node[1])
        elif node[0] in {"sup", "sub"}:
            flat += _scripted(node)
        elif node[0] == "frac":
            flat.append(("frac", _part(node[1]), _part(node[2])))
        elif node[0] == "root":
            flat.append(("root", _part(node[1])))
        else:
            flat.append(("par", node[1], _canonical(node[2]), node[3]))
    return _held(_fractions(flat))


def _scripted(node: Node) -> list[Node]:
    kind, base, content = node
    inside = list(_part(content))
    if inside in (["t", "h"], ["s", "t"], ["n", "d"], ["r", "d"]):
        return [*([] if base is None else _canonical([base])), *inside]  # the ending of an ordinal
    if isinstance(base, str) and base in _LEFT_OPEN:
        return [*_canonical([base]), (kind, (), tuple(inside))]
    at_home: list[Node] = []
    while inside and isinstance(inside[0], str) and inside[0] in _AT_HOME:
        at_home.append(_AT_HOME[inside.pop(0)])
    if at_home or not inside:
        flat = ([] if base is None else _canonical([base])) + at_home
        return [*flat[:-1], (kind, (flat[-1],), tuple(inside))] if inside and flat else flat
    before: list[Node] = []
    if isinstance(base, tuple) and base[0] == "group":
        spliced = _canonical(base[1])
        if all(isinstance(one, str) and one.isalnum() for one in spliced) and spliced:
            before, base = spliced[:-1], spliced[-1]  # an upright word: the script stands at its end
            return [*before, (kind, (base,), tuple(inside))]
        return [(kind, tuple(_part(base[1])), tuple(inside))]
    if base is None or (isinstance(base, tuple) and base[0] == "par"):
        return [(kind, () if base is None else _part([base]), tuple(inside))]
    *before, last = _part([base])
    return [*before, (kind, (last,), tuple(inside))]


def _part(nodes: list[Node]) -> tuple[Node, ...]:
    return _stripped(_canonical(list(nodes)))


def _stripped(found: list[Node]) -> tuple[Node, ...]:
    while len(found) == 1 and isinstance(found[0], tuple) and found[0][0] == "par" and found[0][1] == "(":
        found = list(found[0][2])
    return tuple(found)


def _fractions(nodes: list[Node]) -> list[Node]:
    """``A/B`` as a fraction: above all that stands together before it, below the one thing after it."""
    out: list[Node] = []
    at = 0
    while at < len(nodes):
        if nodes[at] != "/" or not out or at + 1 >= len(nodes):
            out.append(nodes[at])
            at += 1
            continue
        over: list[Node] = []
        while out and not (isinstance(out[-1], str) and out[-1] in _LEFT_OPEN):
            over.insert(0, out.pop())
        end = _end_of_single(nodes, at + 1)
        out.append(("frac", _stripped(over), _stripped(nodes[at + 1 : end])))
        at = end
    return out


def _end_of_single(nodes: list[Node], at: int) -> int:
    """Where the one thing after a slash ends: a number, a letter, a differential, a word of four letters."""

    def letter(position: int) -> str:
        node = nodes[position] if position < len(nodes) else ""
        return node if isinstance(node, str) and node[:1].isalpha() else ""

    def last(position: int) -> str:
        """The letter at a position, also where it carries a script."""
        node = nodes[position] if position < len(nodes) else ""
        while isinstance(node, tuple) and node[0] in {"sup", "sub"} and len(node[1]) == 1:
            node = node[1][0]
        return node if isinstance(node, str) and node[:1].isalpha() else ""

    if letter(at) and letter(at) in "d∂δ" and last(at + 1):
        return at + 2
    end = at
    while letter(end):
        end += 1
    word = end + 1 if last(end) and not letter(end) else end
    letters = [last(position) for position in range(at, word)]
    if len(letters) >= 4 or (len(letters) >= 2 and all(one.isupper() for one in letters)):
        return word
    return at + 1


def _held(nodes: list[Node]) -> list[Node]:
    """Round brackets around a single fraction or root say nothing that the node does not say."""
    return [
        node[2][0]
        if isinstance(node, tuple)
        and node[0] == "par"
        and node[1] == "("
        and len(node[2]) == 1
        and isinstance(node[2][0], tuple)
        and node[2][0][0] in {"frac", "root"}
        else node
        for node in nodes
    ]
