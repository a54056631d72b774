"""What so many readers need, by a line through two runs of the benchmark ``million``; how near that comes.

A run costs something once (each sender renders the day's cards) and something for each reader. Both are
measured at :data:`MEASURED` readers; ``capacity.predicted`` compares what they say of :data:`CHECKED` readers
with runs of so many. ``capacity.cores`` is what a digest for everybody within an hour takes by them.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

MEASURED = (20_000, 60_000)
CHECKED = (10_000, 100_000)
ASKED = (1_000, 100_000, 1_000_000, 10_000_000)
NEAR = 0.25  # of what is measured: how far a prediction may be from it


@dataclass(frozen=True, slots=True)
class Run:
    """One run of ``million``: seconds on the clock, and those of computing over all processes and cores."""

    readers: int
    seconds: float
    busy: float


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds of a run: some ``once``, some for ``each`` reader."""

    once: float
    each: float

    @classmethod
    def through(cls, small: tuple[int, float], large: tuple[int, float]) -> "Line":
        """The line through two runs (readers, seconds)."""
        each = (large[1] - small[1]) / (large[0] - small[0])
        return cls(once=small[1] - each * small[0], each=each)

    def at(self, readers: int) -> float:
        """Seconds for so many readers."""
        return self.once + self.each * readers


def main() -> int:
    """Print the figures, one JSON object a line; 1 if a prediction is not near."""
    small, large = map(run, MEASURED)
    clock = Line.through((small.readers, small.seconds), (large.readers, large.seconds))
    busy = Line.through((small.readers, small.busy), (large.readers, large.busy))
    say("capacity.each_ms", busy.each * 1000, "ms of one core a reader", once_seconds=round(busy.once, 1))
    is_near = True
    for readers in CHECKED:
        measured, predicted = run(readers), clock.at(readers)
        ratio = predicted / measured.seconds
        is_near = is_near and abs(ratio - 1) <= NEAR
        say(
            "capacity.predicted",
            ratio,
            "of what is measured",
            "0.75 to 1.25",
            readers=readers,
            seconds=round(measured.seconds, 1),
            predicted=round(predicted, 1),
        )
    for readers in ASKED:
        say("capacity.cores", busy.at(readers) / 3600, "cores for an hour", readers=readers)
    return int(not is_near)


def run(readers: int) -> Run:
    """Run ``million`` for so many readers. Raises CalledProcessError where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.million"],
        env=os.environ | {"SCALE": str(readers / 1_000_000)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    sys.stderr.write(done.stdout)
    figures = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    values = {figure["name"]: float(figure["value"]) for figure in figures}
    return Run(readers, values["million.minutes"] * 60, values["million.busy_ms"] * readers / 1000)


def say(name: str, value: float, unit: str, goal: str = "", **more: float) -> None:
    """Print one figure as a line of JSON."""
    figure = {"name": name, "value": round(value, 4), "unit": unit}
    print(json.dumps({**figure, **({"goal": goal} if goal else {}), **more}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
