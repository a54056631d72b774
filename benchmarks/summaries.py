"""200 papers × 3 languages against a local model of 0.5 s latency, 16 at a time; with 429s; with SIGKILLs.

The server lives in this process, the run in another, as in production. ``summaries.wall_ratio`` is the run's
wall time (without starting Python and Django) over the ideal ``calls / 16 × 0.5 s``; ``wall_ratio_429`` the
same where every tenth call is refused. ``repeated_calls`` counts calls beyond one for each summary, less
those that were under way at one of the kills: a call is under way until its connection carries the next one,
or its answer was sent ``GRACE`` seconds ago; that is never more than 16 a kill. Summaries are truthful, and
checked as any other; nothing is left out.

``asked_per_mailed`` is of a simulated week of 300 readers in 16 languages over recorded days, the beat's
ticks in random order (``benchmarks/_week.py``): pairs of a paper and a language that a model was asked for,
by those that stood as a card in a mail. ``tokens_per_mailed`` are all tokens of the week by the same.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCALE = float(os.environ.get("SCALE", "1"))
PAPERS = max(4, round(200 * SCALE))
KILLS = max(2, round(20 * SCALE))
LANGUAGES = ("en", "ko", "ja")
LATENCY, AT_ONCE = 0.5, 16
GRACE = 1.0  # seconds in which a busy machine reads an answer that has been sent
DAY = "2026-03-18"
SEED = int(os.environ.get("SEED", "20260323"))
ROOT = Path(__file__).resolve().parents[1]


def environment(home: Path, url: str = "") -> dict[str, str]:
    """The settings of a site of its own, which asks the model at ``url``."""
    return os.environ | {
        "VAR_DIR": str(home),
        "DEBUG": "0",
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": f"sqlite:///{home / 'bench.sqlite3'}",
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "bench",
        "SUMMARY_MODEL": "test-model",
        "JUDGE_MODEL": "none",
        "MODEL_CONCURRENCY": str(AT_ONCE),
        "DAILY_TOKEN_BUDGET": str(10**9),
        "LOG_LEVEL": "WARNING",
    }


# -- in the other process ----------------------------------------------------------------------------------


def fill() -> None:
    """A fresh database with the day's papers."""
    import django

    django.setup()
    from django.core.management import call_command

    from tests.factories import make_paper
    from tests.truthful_writer import invent

    call_command("migrate", verbosity=0)
    for number in range(PAPERS):
        paper = invent(number)
        make_paper(title=paper.title, abstract=paper.abstract)


def run() -> None:
    """The day's summaries; prints how long it took and what came of it."""
    import django

    django.setup()
    from datetime import date

    from newsletter.models import Summary
    from newsletter.summaries.service import summarise_day

    began = time.perf_counter()
    report = summarise_day(date.fromisoformat(DAY), LANGUAGES)
    seconds = time.perf_counter() - began
    ready = Summary.objects.filter(state="ready", author="model").count()
    print(json.dumps({"seconds": seconds, "summarised": ready, "problems": report.problems, **report.counts}))


# -- in this process ---------------------------------------------------------------------------------------


def other_process(step: str, environ: dict[str, str]) -> subprocess.Popen[str]:
    """Begin a step of this benchmark in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.summaries", step],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a process has printed last, as JSON. Raises SystemExit if it failed."""
    out, _ = process.communicate(timeout=600)
    if process.returncode:
        raise SystemExit(f"The benchmark's run failed with {process.returncode}.")
    return dict(json.loads(out.strip().splitlines()[-1])) if out.strip() else {}


class Crowd:
    """What the server sees: how many questions it was asked, and what was under way at a moment."""

    def __init__(self, *, refuse_every: int = 0) -> None:
        self.refuse_every = refuse_every
        self.count = 0
        self.accepted = 0
        self.server: Any = None

    def __call__(self, request: dict[str, Any]) -> Any:
        """The answer to one request: a true summary, or a refusal with status 429."""
        from tests.model_server import Said
        from tests.truthful_writer import write_truth

        self.count += 1
        if self.refuse_every and self.count % self.refuse_every == 0:
            return Said(status=429, headers={"retry-after": "1"}, body=b'{"error": {"message": "slow down"}}')
        self.accepted += 1
        return write_truth(request)

    def under_way(self, *, since: int, at: float) -> int:
        """Of the calls after the first ``since``: those whose answer may not have been read by then."""
        calls = ((number, sent) for number, sent in self.server.open.items() if number > since)
        return sum(sent is None or sent > at - GRACE for _, sent in calls)


def one_day(crowd: Crowd, drive: Callable[[dict[str, str]], dict[str, Any]]) -> dict[str, Any]:
    """Summarise the day on an empty database: what the run says of itself."""
    from tests.model_server import ModelServer

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        finished(other_process("fill", environment(home)))
        with ModelServer(crowd, latency=LATENCY) as server:
            crowd.server = server
            return drive(environment(home, server.url))


def straight(environ: dict[str, str]) -> dict[str, Any]:
    """One run from beginning to end."""
    return finished(other_process("run", environ))


def killed(environ: dict[str, str], crowd: Crowd) -> dict[str, Any]:
    """Kill the run at random moments while it works; the last run's report and the calls that died.

    A moment is told by the questions asked: on a quick machine, too, there is work left to kill.
    """
    chance = random.Random(20260318)
    share = PAPERS * len(LANGUAGES) // KILLS  # of the questions, at most, before each kill
    under_way = kills = 0
    while kills < KILLS:
        process = other_process("run", environ)
        before = crowd.server.started
        last = before + chance.randint(1, share)
        working = threading.Event()
        while process.poll() is None and crowd.server.started < last:
            working.wait(0.01)
        if process.poll() is not None:
            break  # nothing was left to do
        working.wait(chance.uniform(0, LATENCY / 2))  # before the last question is answered
        process.kill()
        at = time.monotonic()
        process.wait()
        kills += 1
        under_way += crowd.under_way(since=before, at=at)
    return {**straight(environ), "kills": kills, "under_way": under_way}


def say(name: str, value: float, unit: str, goal: str, **more: Any) -> None:
    """Print one figure as a line of JSON."""
    scale = {} if SCALE == 1 else {"scale": SCALE}
    figure = {"name": f"summaries.{name}", "value": round(value, 4), "unit": unit, "goal": goal}
    print(json.dumps({**figure, **more, **scale}), flush=True)


def week() -> None:
    """The simulated week, in a process of its own; prints what came of it."""
    from benchmarks._week import RECORDED, simulate

    if not RECORDED.is_dir():
        sys.stderr.write(f"summaries: the recorded data is not at {RECORDED}; no simulated week.\n")
        return
    readers = max(16, round(300 * SCALE))
    outcome = simulate(readers=readers, seed=SEED)
    mailed = max(len(outcome.mailed), 1)
    say(
        "asked_per_mailed",
        outcome.asked_per_mailed,
        "ratio",
        "<= 1.5",
        asked=len(outcome.asked - outcome.english_sources),
        english_sources=len(outcome.english_sources),
        mailed=len(outcome.mailed),
        ready_share=round(len(outcome.mailed & outcome.ready) / mailed, 4),
        ready_by_language=outcome.ready_by_language,
        never_asked=len(outcome.mailed - outcome.asked),
        digests=outcome.digests,
        readers=readers,
        seed=SEED,
        seconds=round(outcome.seconds),
    )
    say(
        "tokens_per_mailed", outcome.tokens / mailed, "tokens", "", tokens=outcome.tokens, calls=outcome.calls
    )


def main() -> int:
    """Print the figures; 1 if a summary is missing."""
    process = subprocess.run([sys.executable, "-m", "benchmarks.summaries", "week"], cwd=ROOT, check=False)
    if process.returncode:
        return process.returncode
    total = PAPERS * len(LANGUAGES)
    ideal = total / AT_ONCE * LATENCY
    calm, strict, deadly = Crowd(), Crowd(refuse_every=10), Crowd()
    first = one_day(calm, straight)
    say("wall_ratio", first["seconds"] / ideal, "ratio", "<= 1.15", floor=ideal, seconds=first["seconds"])
    second = one_day(strict, straight)
    refused = strict.count - strict.accepted
    say("wall_ratio_429", second["seconds"] / ideal, "ratio", "<= 1.4", floor=ideal, refused=refused)
    third = one_day(deadly, lambda environ: killed(environ, deadly))
    again = calm.accepted + strict.accepted - 2 * total
    beyond = max(0, deadly.accepted - total - third["under_way"])
    say(
        "repeated_calls",
        again + beyond,
        "calls",
        "<= 0",
        kills=third["kills"],
        under_way_at_kills=third["under_way"],
        calls=deadly.accepted,
        needed=total,
        summarised=third["summarised"],
    )
    return 0 if all(day["summarised"] == total for day in (first, second, third)) else 1


if __name__ == "__main__":
    steps = {"fill": fill, "run": run, "week": week}
    step = steps.get(sys.argv[1]) if len(sys.argv) > 1 else None
    sys.exit(step() if step else main())
