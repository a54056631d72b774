"""Formulas of a LaTeXML page as one line of Unicode. Pure; never fails, whatever the markup."""

import re
from collections.abc import Callable
from typing import Any

_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b"))
_RAISED = dict(zip("0123456789+-−=()niTαβ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵀᵅᵝ", strict=True))
_LOWERED = dict(zip("0123456789+-−=()aeijkmnopt", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢⱼₖₘₙₒₚₜ", strict=True))
_SPACED = set("=<>≤≥≪≫≈≃≅≡∼∝≠+−±×÷→←↔⇒⇔↦∈∉⊂⊆⊃⊇∪∩∧∨⊕⊗∘≔∣")
_ACCENTS = dict(zip("^~˜¯→˙¨ˇ´", "\u0302\u0303\u0303\u0304\u20d7\u0307\u0308\u030c\u0301", strict=True))
_DEEPEST = 60
_LEAVES = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_KNOWN = _LEAVES | {"mrow", "math", "semantics", "annotation"}


def formula(element: Any) -> str:
    """The text of a ``math`` element as a browser shows it, on one line: "x² + y₁ ≤ 3"."""
    return re.sub(r"\s+", " ", _read(element, 0)).strip()


def _read(element: Any, depth: int) -> str:
    tag = element.tag
    if not isinstance(tag, str) or depth > _DEEPEST:
        return ""
    name = tag if tag in _KNOWN else tag.rpartition("}")[2].rpartition(":")[2].lower()
    if name in _LEAVES:
        return _leaf("".join(element.itertext()), name)
    if name.startswith("annotation"):
        return ""
    parts = [_read(child, depth + 1) for child in element if isinstance(child.tag, str)]
    return _JOINERS.get(name, "".join)(parts)


def _leaf(text: str, name: str) -> str:
    text = _plain_digits(text.translate(_INVISIBLE))
    if name == "mtext":
        return text
    text = text.strip()
    if name == "mo" and text in _SPACED:
        return f" {text} "
    if name == "mo" and text in {",", ";"}:
        return f"{text} "
    if name in {"mi", "mo"} and len(text) > 1 and text.isalpha():
        return f" {text} "  # a function or an operator with a name
    return text


def _plain_digits(text: str) -> str:
    """Bold and other fancy digits as plain ones: 𝟏𝟎 is the number 10."""
    if text.isascii():
        return text
    return "".join(str((ord(sign) - 0x1D7CE) % 10) if "𝟎" <= sign <= "𝟿" else sign for sign in text)


def _raise(text: str) -> str:
    text = text.strip()
    if not text or text in {"′", "″", "*", "∗", "†"}:
        return text
    close = text.replace(" ", "")
    if all(sign in _RAISED for sign in close):
        return "".join(_RAISED[sign] for sign in close)
    return f"^{text}" if len(text) == 1 else f"^({text})"


def _lower(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    close = text.replace(" ", "")
    if all(sign in _LOWERED for sign in close):
        return "".join(_LOWERED[sign] for sign in close)
    return f"_{text}" if text.isalnum() else f"_({text})"


def _at(parts: list[str], position: int) -> str:
    return parts[position] if position < len(parts) else ""


def _grouped(text: str) -> str:
    text = text.strip()
    return text if re.fullmatch(r"[\w.²³⁺⁻]+", text) else f"({text})"


def _over(parts: list[str]) -> str:
    base, mark = _at(parts, 0), _at(parts, 1).strip()
    if mark in _ACCENTS and len(base.strip()) == 1:
        return base.strip() + _ACCENTS[mark]
    return base.rstrip() + _raise(mark)


_JOINERS: dict[str, Callable[[list[str]], str]] = {
    "msup": lambda parts: _at(parts, 0).rstrip() + _raise(_at(parts, 1)),
    "msub": lambda parts: _at(parts, 0).rstrip() + _lower(_at(parts, 1)),
    "msubsup": lambda parts: _at(parts, 0).rstrip() + _lower(_at(parts, 1)) + _raise(_at(parts, 2)),
    "munderover": lambda parts: _at(parts, 0).rstrip() + _lower(_at(parts, 1)) + _raise(_at(parts, 2)) + " ",
    "munder": lambda parts: _at(parts, 0).rstrip() + _lower(_at(parts, 1)) + " ",
    "mover": _over,
    "mfrac": lambda parts: f"{_grouped(_at(parts, 0))}/{_grouped(_at(parts, 1))}",
    "msqrt": lambda parts: f"√{_grouped(''.join(parts))}",
    "mroot": lambda parts: f"{_raise(_at(parts, 1))}√{_grouped(_at(parts, 0))}",
    "mtr": lambda parts: ", ".join(part.strip() for part in parts if part.strip()),
    "mtable": lambda parts: "; ".join(part for part in parts if part),
    "mspace": lambda _: " ",
    "mphantom": lambda _: "",
    "semantics": lambda parts: _at(parts, 0),
}
