"""Tables as lines of text that are the same whichever database they come from.

A line is a JSON array, a value for each column. Moments are ISO 8601 in UTC, bytes are base64, JSON columns
are texts with sorted keys; so equal rows make equal lines, and what was read from SQLite can be compared with
what was written to PostgreSQL. Columns are those of a state of the migrations, which may be an older one.
"""

import base64
import hashlib
import ipaddress
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol, Self

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

FETCHED_AT_ONCE = 2000  # rows
_MODULUS = 1 << 256

# Made anew by themselves: who is logged in, the index of the search, signs of life, what was counted last.
LEFT_OUT = frozenset(
    (
        *("sessions.Session", "operations.Heartbeat", "operations.GaugeCount"),
        *("newsletter.SearchEntry", "newsletter.SearchTerm", "newsletter.SearchProgress"),
    )
)


class Registry(Protocol):
    """Django's ``apps``, or those of a state of the migrations."""

    def get_models(self, include_auto_created: bool = ...) -> Iterable[type[models.Model]]:
        """All models."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, the kind of its values (Django's internal type), and decimal places if it has any."""

    name: str
    kind: str
    places: int = 0
    can_be_null: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A model's table."""

    label: str
    name: str
    columns: tuple[Column, ...]
    model: type[models.Model]

    def ordered(self, names: Sequence[str]) -> Self:
        """The same table, its columns in the order of ``names``. Raises ValueError unless it has just these.

        An older version may have named them in its model in another order than its migrations made them.
        """
        by_name = {column.name: column for column in self.columns}
        if sorted(names) != sorted(by_name):
            raise ValueError(f"the columns are not those of {self.label}")
        return replace(self, columns=tuple(by_name[name] for name in names))


@dataclass(slots=True)
class TableSum:
    """How many rows there are, and what they are: a sum of their hashes, whatever their order."""

    rows: int = 0
    total: int = field(default=0, repr=False)

    def add(self, line: bytes) -> None:
        """Count ``line`` in."""
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(line).digest(), "big")) % _MODULUS

    @property
    def checksum(self) -> str:
        """64 hexadecimal digits."""
        return f"{self.total:064x}"

    def as_json(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {"rows": self.rows, "checksum": self.checksum}


def tables_of(registry: Registry) -> list[Table]:
    """All tables that Django keeps, in the order of their names; a proxy has none of its own."""
    found = [
        Table(
            model._meta.label,
            model._meta.db_table,
            tuple(_column(each) for each in model._meta.concrete_fields),
            model,
        )
        for model in registry.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
    return sorted(found, key=lambda table: table.label)


def _column(column: Any) -> Column:
    source = column
    while source.remote_field is not None:
        source = source.target_field
    kind = source.get_internal_type()
    if kind not in _READERS:
        raise TypeError(f"{column.model._meta.label}.{column.name}: backups know no {kind}.")
    return Column(column.column, kind, getattr(source, "decimal_places", 0) or 0, column.null)


def read_lines(connection: BaseDatabaseWrapper, table: Table) -> Iterator[bytes]:
    """The rows of ``table`` as lines with their line breaks, a few in memory at a time."""
    readers = [(place, _READERS[each.kind], each) for place, each in enumerate(table.columns)]
    readers = [each for each in readers if each[1] is not _plain]
    names = ", ".join(connection.ops.quote_name(each.name) for each in table.columns)
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(table.name)}")
        while rows := cursor.fetchmany(FETCHED_AT_ONCE):
            for row in rows:
                values = list(row)
                for place, read, column in readers:
                    if values[place] is not None:
                        values[place] = read(values[place], column)
                yield _as_line(values)


def line_check(table: Table) -> Callable[[bytes], bool]:
    """A function that tells whether a line is one that :func:`read_lines` can give of ``table``.

    A line that is none would be refused by the database, or not be read from it again as it is. What only
    the database knows is not looked at: keys, lengths, its other constraints.
    """
    checks = [(_CHECKS.get(each.kind, _is_as_read), each) for each in table.columns]

    def is_line(line: bytes) -> bool:
        try:
            values = json.loads(line)
            return (
                type(values) is list
                and all(
                    column.can_be_null if value is None else is_right(value, column)
                    for value, (is_right, column) in zip(values, checks, strict=True)
                )
                and _as_line(values) == line
            )
        except (ArithmeticError, AttributeError, TypeError, ValueError, RecursionError):
            return False

    return is_line


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _as_line(values: list[Any]) -> bytes:
    return (_encode(values) + "\n").encode()


Reader = Callable[[Any, Column], Any]


def _plain(value: Any, _column: Column) -> Any:
    return value


def _moment(value: datetime | str, _column: Column) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _day(value: date | str, _column: Column) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _json(value: Any, _column: Column) -> str:
    return json.dumps(json.loads(value, parse_float=_number), ensure_ascii=False, sort_keys=True)


def _number(text: str) -> float | int:
    """1.0 and 1e3 as whole numbers: PostgreSQL writes them so."""
    value = float(text)
    return int(value) if value.is_integer() else value


_WHOLE_NUMBERS = (
    *("AutoField", "BigAutoField", "BigIntegerField", "IntegerField", "SmallIntegerField"),
    *("PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"),
)
_TEXTS = ("CharField", "TextField", "SlugField")
_READERS: dict[str, Reader] = {
    **dict.fromkeys((*_WHOLE_NUMBERS, *_TEXTS), _plain),
    "BinaryField": lambda value, _: base64.b64encode(bytes(value)).decode("ascii"),
    "BooleanField": lambda value, _: bool(value),
    "DateField": _day,
    "DateTimeField": _moment,
    "DecimalField": lambda value, column: str(
        Decimal(str(value)).quantize(Decimal(1).scaleb(-column.places))
    ),
    "FloatField": lambda value, _: float(value),
    "GenericIPAddressField": lambda value, _: str(ipaddress.ip_interface(value).ip),
    "JSONField": _json,
    "UUIDField": lambda value, _: str(value if isinstance(value, uuid.UUID) else uuid.UUID(value)),
}


def _is_as_read(value: Any, column: Column) -> bool:
    """Whether a value that was read once, and is read again, stays what it is."""
    return type(value) is str and bool(_READERS[column.kind](value, column) == value)


_LARGEST = 1 << 63  # of what a database holds
_CHECKS: dict[str, Callable[[Any, Column], bool]] = {
    **dict.fromkeys(_WHOLE_NUMBERS, lambda value, _: type(value) is int and -_LARGEST <= value < _LARGEST),
    **dict.fromkeys(_TEXTS, lambda value, _: type(value) is str),
    "BinaryField": lambda value, _: base64.b64encode(base64.b64decode(value)).decode("ascii") == value,
    "BooleanField": lambda value, _: type(value) is bool,
    "DateField": lambda value, _: date.fromisoformat(value).isoformat() == value,
    "FloatField": lambda value, _: type(value) is float,
}
