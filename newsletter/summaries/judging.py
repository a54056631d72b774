"""Where answers are judged: here, or in a process of its own beside a run with many answers.

The checks are pure computation, and their language models take seconds to load. In a process of its own
they do not hold up the threads that talk to the provider. The process ends when its standard input does, so
a killed run leaves none behind.
"""

import logging
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from newsletter import grounding
from newsletter.grounding import DEFAULT, Neighbours, Others, Source, Thresholds
from newsletter.records import SummaryDraft
from newsletter.summaries.forms import SummaryForm
from newsletter.summaries.judgement import Case, Decision, Ready, decide
from newsletter.summaries.second_look import Opinions
from newsletter.text.glossary import TermTranslation, terms_in

logger = logging.getLogger(__name__)

_LENGTH = struct.Struct(">I")
_ROOT = Path(__file__).resolve().parents[2]  # where Python finds this package


@dataclass(frozen=True, slots=True)
class Submission:
    """The answers about one summary, the oldest first, and what they are about.

    ``opinions`` are what the second model has said so far, None where none is asked; ``english`` is what a
    rendering is of.
    """

    answers: tuple[str, ...]
    paper_id: int
    source: Source
    language: str
    opinions: Opinions | None = None
    form: SummaryForm = SummaryForm.BRIEF
    english: SummaryDraft | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges answers. ``day`` is all papers that may be told apart; ``others`` maps a paper's id to the
    positions in it of the other papers of its day.
    """

    day: Neighbours = field(default_factory=lambda: Neighbours(()))
    others: Mapping[int, frozenset[int]] = field(default_factory=dict)
    glossary: Mapping[str, Sequence[TermTranslation]] = field(default_factory=dict)
    thresholds: Thresholds = DEFAULT

    def decide(self, submission: Submission) -> Decision:
        """What becomes of the answers."""
        source, language = submission.source, submission.language
        case = Case(
            source,
            language,
            others=Others(self.day, self.others.get(submission.paper_id, frozenset())),
            glossary=terms_in(f"{source.title}\n{source.abstract}", self.glossary.get(language, ())),
            thresholds=self.thresholds,
            opinions=submission.opinions,
            form=submission.form,
            english=submission.english,
        )
        decision = decide(submission.answers, case)
        if isinstance(decision.verdict, Ready):
            # Counted here, where the numbers have just been read.
            draft = decision.verdict.draft
            texts = (draft.sentence, *(each.text for each in draft.takeaways))
            counted = replace(
                decision.verdict, checked_numbers=grounding.count_compared(texts, language=language)
            )
            decision = replace(decision, verdict=counted)
        return decision


class JudgeProcess:
    """The same in another process. One question at a time; should it die, the questions are answered here."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
            [sys.executable, "-m", "newsletter.summaries.judging"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
        )
        self._has_judge = False

    def decide(self, submission: Submission) -> Decision:
        """As :meth:`Judge.decide`."""
        with self._lock:
            if self._process is not None:
                try:
                    return self._ask(submission)
                except (OSError, EOFError, pickle.UnpicklingError) as error:
                    logger.warning("The process of the checks ended (%s); the run checks in its own.", error)
                    self._end()
        return self._judge.decide(submission)

    def _ask(self, submission: Submission) -> Decision:
        assert self._process is not None and self._process.stdin and self._process.stdout  # noqa: PT018, S101 - it was started with both pipes
        if not self._has_judge:
            _send(self._process.stdin, self._judge)
            self._has_judge = True
        _send(self._process.stdin, submission)
        decision = _receive(self._process.stdout)
        if not isinstance(decision, Decision):
            raise EOFError(str(decision))  # noqa: TRY004 - it is no judge any more
        return decision

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _send(stream: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    """The next value; only the process at the other end of the pipe has written it."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("end of the stream")
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError("the other process ended in the middle of a value")
    return pickle.loads(data)  # noqa: S301 - from our own process, over a pipe


def main() -> None:
    """The process: reads a judge, then submissions, and writes decisions, until its input ends."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    try:
        judge = _receive(stdin)
        while True:
            _send(stdout, judge.decide(_receive(stdin)))
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
