"""What a number in a text is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it stands in a text.

    ``readings`` are the values it may have ("1.234" is 1.234 or 1,234), scale included; ``unit`` is a
    dimension of :data:`units.UNITS` or "", ``factor`` what turns a reading into the dimension's base.
    ``start`` and ``end`` count characters of the normalised text; ``hedged`` is true after "about";
    ``scale`` is what a scale's word or letter ("million", "B") has multiplied the readings by.
    """

    written: str
    readings: tuple[float, ...]
    unit: str
    factor: float
    start: int
    end: int
    hedged: bool = False
    spelled: bool = False
    scale: float = 1.0
