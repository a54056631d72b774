"""Numbers in text: found in any of the languages, with scale and unit.

:func:`quantities` finds them all: what is written in digits (:mod:`.digits`) and in words (:mod:`.spelled`),
each with the scale and the unit beside it (:mod:`.measures`).
"""

from newsletter.grounding.quantities.digits import readings
from newsletter.grounding.quantities.quantity import Quantity
from newsletter.grounding.quantities.scan import quantities

__all__ = ["Quantity", "quantities", "readings"]
