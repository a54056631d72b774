"""What every condition has in common."""

from newsletter.errors import PaperpostError


class CannotTellError(PaperpostError):
    """Whether it is well cannot be known now, because of something that another condition reports."""
