"""The first reading of a list: what its columns can tell, and whether each line can be understood.

Nothing is stored here. What is remembered of the lines are 8 bytes for each that left, so that a second
line with the same address brings nobody back.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePath

from newsletter.errors import InvalidInput
from subscriptions.csv_import.headings import TELLING, Column, Role, our_columns, telling_columns
from subscriptions.csv_import.rows import fault_of, read_address
from subscriptions.csv_import.standings import (
    Answers,
    CellVote,
    Meaning,
    Standing,
    can_tell,
    is_plain_answer,
    meaning,
    standing_of,
)
from subscriptions.csv_import.tables import Table
from subscriptions.csv_import.words import fold, words

MOST_QUESTIONS = 20
_STATES = {Meaning.ACTIVE, Meaning.PAUSED, Meaning.LEFT}
_MOST_ANSWERS = 3  # different cells: yes, no and perhaps an empty one


@dataclass(frozen=True, slots=True)
class Question:
    """A cell of which nobody knows whether it means consent, and the first line that has it."""

    line: int
    column: str
    cell: str


class UnknownMeaning(InvalidInput):
    """Lines that nobody understands. ``questions`` are the different values, at most 20.

    ``states`` are columns that hold nothing but words for a state, although their headings do not say so.
    """

    questions: tuple[Question, ...] = ()
    states: frozenset[Column] = frozenset()

    def __init__(self, message: str, *, questions: Sequence[Question], states: Iterable[Column]) -> None:
        super().__init__(message)
        self.questions, self.states = tuple(questions), frozenset(states)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list will be read. ``departed`` has a key of each address that a line says has left.

    ``width`` columns have a heading; a line must have the first ``needed`` of them.

    ``on_word``: no column tells of consent, so that all rests on the operator's word; ``all_left``: the
    operator said that everybody in the list has left.
    """

    ours: Mapping[str, int]
    columns: tuple[Column, ...]
    answers: Answers
    departed: frozenset[int]
    width: int
    needed: int
    on_word: bool
    all_left: bool

    def standing(self, cells: Sequence[str]) -> Standing:
        """What a line without fault says."""
        if self.all_left:
            return Standing(CellVote.LEFT)
        standing = standing_of(cells, self.columns, self.answers)
        place = self.ours.get("paused_until")
        if standing.vote is CellVote.PAUSED and not (
            place is not None and cells[place:] and cells[place].strip()
        ):
            return Standing(CellVote.UNSAID, standing.column, standing.cell)
        return standing


def survey(
    table: Table,
    *,
    answers: Answers,
    all_left: bool = False,
    name: str = "",
) -> Plan:
    """Read ``table`` once from end to end and say how it will be taken in.

    Raises :class:`UnknownMeaning` where a line says what nobody understands, and InvalidInput for what
    cannot be read, for an answer to a column that is not there, and for a list without states whose file
    ``name`` says that its people left.
    """
    columns = telling_columns(table.heading, our_columns(table.heading))
    _check_answers(answers, columns, table)
    try:
        return _survey(table, columns, answers=answers, all_left=all_left, name=name)
    except UnknownMeaning as error:
        if not error.states:
            raise
        states = error.states
    # Another reading, in which the columns that hold nothing but states are taken as what they are.
    columns = [replace(c, role=Role.STATE, is_state=True) if c in states else c for c in columns]
    return _survey(table, columns, answers=answers, all_left=all_left, name=name)


def _survey(
    table: Table,
    columns: list[Column],
    *,
    answers: Answers,
    all_left: bool,
    name: str,
) -> Plan:
    ours = our_columns(table.heading)
    on_word = not all_left and not can_tell(columns, answers)
    watched = _Watched(columns, answers)
    plan = Plan(
        ours=ours,
        columns=tuple(column for column in columns if column.role is not Role.SILENT),
        answers=answers,
        departed=frozenset(),
        width=len(table.heading),
        needed=_needed(ours, columns, answers),
        on_word=on_word,
        all_left=all_left,
    )
    for line in table.lines():
        if not all_left and not fault_of(line.cells, len(table.heading), needed=plan.needed):
            watched.look_at(line.number, line.cells, plan)
    if not all_left:
        watched.ask(on_word=on_word)
        if on_word and _sounds_like_leavers(name):
            raise InvalidInput(
                f"The name {PurePath(name).name!r} says that these people left, and no column says "
                "otherwise; give --as left to remember that, or rename the file if all of them agreed."
            )
    telling = tuple(column for column in plan.columns if watched.counts(column, answers))
    return replace(plan, columns=telling, departed=frozenset(watched.departed))


class _Watched:
    """What the lines say: questions, who left, and columns that answer yes or no to we know not what."""

    def __init__(self, columns: list[Column], answers: Answers) -> None:
        self.questions: dict[tuple[str, str], int] = {}
        self.more = 0
        self.departed: set[int] = set()
        self.unnamed = {
            column: set[str]()
            for column in columns
            if column.role is Role.OTHER and not _is_answered(column, answers)
        }
        self.states = {
            column: set[Meaning]()
            for column in columns
            if column.role is Role.OTHER and not _is_answered(column, answers)
        }
        self.first: dict[Column, Question] = {}
        self.silent = {column for column in columns if column.role in TELLING}  # empty so far
        self.telling = len(self.silent)

    def look_at(self, number: int, cells: Sequence[str], plan: Plan) -> None:
        standing = plan.standing(cells)
        if self.silent:
            self.silent = {column for column in self.silent if not _cell(cells, column)}
        self._look_for_states(cells)
        if plan.on_word:
            self._look_for_answers(number, cells)
        if standing.vote in (CellVote.STAYS, CellVote.PAUSED):
            return
        with suppress(InvalidInput):  # a line without a right address is refused alone, whatever it says
            address = read_address(cells[plan.ours["email"]])
            if standing.vote is CellVote.UNKNOWN and len(cells) == plan.width:
                self._keep(number, standing)
            elif standing.vote is CellVote.LEFT:
                self.departed.add(key_of(address))

    def _keep(self, number: int, standing: Standing) -> None:
        key = (standing.column, standing.cell)
        if key in self.questions or len(self.questions) < MOST_QUESTIONS:
            self.questions.setdefault(key, number)
        else:
            self.more += 1

    def _look_for_states(self, cells: Sequence[str]) -> None:
        for column, seen in list(self.states.items()):
            seen.add(meaning(_cell(cells, column)))
            if not seen <= _STATES:
                del self.states[column]

    def _look_for_answers(self, number: int, cells: Sequence[str]) -> None:
        for column, seen in list(self.unnamed.items()):
            cell = _cell(cells, column)
            if cell and cell.casefold() not in seen:
                seen.add(cell.casefold())
                self.first.setdefault(column, Question(number, column.heading, cell))
                if len(seen) > _MOST_ANSWERS or not (is_plain_answer(cell) or cell in ("0", "1")):
                    del self.unnamed[column]

    def counts(self, column: Column, answers: Answers) -> bool:
        """Whether the lines are judged by ``column``.

        Services export a column of consent for everybody who never used it. One that is empty throughout says
        nothing where another tells; that nobody ever confirmed is told by emptiness alone.
        """
        if _is_answered(column, answers):
            return True
        if column in self.silent and (column.is_state or column.role is Role.AGREED):
            return len(self.silent) == self.telling
        return column.role is not Role.OTHER

    def ask(self, *, on_word: bool) -> None:
        """Raises UnknownMeaning if anything has to be explained."""
        questions = [Question(line, *key) for key, line in self.questions.items()]
        for column, seen in self.unnamed.items() if on_word else ():
            if seen and seen not in ({"0"}, {"1"}):
                questions.append(self.first[column])
        if questions:
            states = [
                column for column, seen in self.states.items() if {Meaning.ACTIVE, Meaning.LEFT} <= seen
            ]
            raise UnknownMeaning(_sentence(questions, self.more), questions=questions, states=states)


def _sentence(questions: list[Question], more: int) -> str:
    first = questions[0]
    others = len(questions) - 1 + more
    value = f"{first.column}={first.cell[:60]}"
    return (
        f"Line {first.line}: the column {first.column!r} says {first.cell[:60]!r}, and whether that means "
        f"consent is not known{f' ({others} more such values)' if others else ''}, so nothing was imported; "
        f"say what it means with --treat {value + ':active'!r} or --treat {value + ':left'!r}."
    )


def _check_answers(answers: Answers, columns: list[Column], table: Table) -> None:
    present = {fold(column.heading) for column in columns}
    for heading, _ in answers:
        if heading not in present:
            raise InvalidInput(
                f"--treat names a column {heading!r} that is not there; the columns are "
                f"{', '.join(repr(name[:40]) for name in table.heading[:20])}."
            )


def _is_answered(column: Column, answers: Answers) -> bool:
    return any(heading == fold(column.heading) for heading, _ in answers)


def _needed(ours: Mapping[str, int], columns: list[Column], answers: Answers) -> int:
    """How many cells a line must have, so that no telling one is missing."""
    telling = [
        c.place for c in columns if c.role in TELLING or c.role is Role.ASKED or _is_answered(c, answers)
    ]
    return max([ours["email"], *telling]) + 1


def _sounds_like_leavers(name: str) -> bool:
    stem = fold(PurePath(name).stem).replace(" ", "")
    return any(word.replace(" ", "") in stem for word in words("files", "left"))


def _cell(cells: Sequence[str], column: Column) -> str:
    return cells[column.place].strip() if column.place < len(cells) else ""


def key_of(address: str) -> int:
    """64 bits that stand for an address while a list is read."""
    return int.from_bytes(hashlib.blake2b(address.lower().encode(), digest_size=8).digest(), "big")
