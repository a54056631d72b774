"""Every error that Paperpost raises on purpose: one root, with ``transient`` as data.

All of them survive pickling, because Celery carries them between processes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self


class PaperpostError(Exception):
    """The root. ``str(error)`` is one sentence that says what is wrong, where, and what to do.

    ``transient`` is true where the same call may succeed later without anybody changing anything.
    """

    transient = False

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        for name, value in details.items():
            setattr(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.details)

    @classmethod
    def rebuilt(cls, message: str, details: dict[str, Any]) -> Self:
        """The error as it was before pickling; a subclass with other arguments overrides it."""
        return cls(message, **details)


def _rebuild(kind: type[PaperpostError], message: str, details: dict[str, Any]) -> PaperpostError:
    return kind.rebuilt(message, details)


class InvalidInput(PaperpostError):  # noqa: N818 - it says what is wrong, which is no failure of ours
    """A person's input: a mistyped day, an unknown topic or language, a malformed address."""


class QueryError(InvalidInput):
    """A query that does not parse. ``position`` is the offending character, counted from 0.

    ``code`` and ``values`` are what :data:`newsletter.topics.matching.problems.PROBLEMS` makes its sentence
    of, so that it can be said in another language.
    """

    position: int = 0
    code: str = ""
    values: Mapping[str, object]

    def __init__(
        self,
        message: str,
        *,
        position: int = 0,
        code: str = "",
        values: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        super().__init__(message, position=position, code=code, values=dict(values))


class SourceError(PaperpostError):
    """arXiv or Hugging Face did not give a usable answer.

    ``retry_after`` is the number of seconds the source asked us to wait, if it did.
    """

    retry_after: float | None = None

    def __init__(self, message: str, *, transient: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message, transient=transient, retry_after=retry_after)


class Unreadable(SourceError):  # noqa: N818 - it says what the file is
    """A file, of a paper or a picture, that cannot be used; asking for it again changes nothing.

    ``reason`` is a word or two for a program: "missing", "not a paper", "conversion failed", "empty",
    "password", "broken", "too large", "too many pages", "too slow", "too much memory", "scanned",
    "not a picture".
    """

    reason: str = ""

    def __init__(self, message: str, *, reason: str = "broken") -> None:
        super().__init__(message)
        self.reason = reason
        self.details = {"reason": reason}


class ModelError(PaperpostError):
    """The language model's endpoint did not give a usable answer.

    ``kind`` is one of the values of :class:`ModelFailure`; ``retry_after`` is in seconds.
    """

    kind: str = ""
    retry_after: float | None = None

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, kind=kind, transient=transient, retry_after=retry_after)


class RenderingError(PaperpostError):
    """A template did not become a mail: our fault, never the reader's."""


class StateError(PaperpostError):
    """A change that the present state does not allow, such as approving a frozen edition."""


class DeliveryError(PaperpostError):
    """The mail server refused, or the connection broke. ``code`` is the SMTP reply code, 0 for none."""

    code: int = 0

    def __init__(self, message: str, *, transient: bool = False, code: int = 0) -> None:
        super().__init__(message, transient=transient, code=code)
