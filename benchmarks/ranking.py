"""Does a digest learn? Orders by what people chose before, held against what they chose next.

Each paper of Hugging Face's recorded days names who submitted it: one person's submissions over months are
that person's choices. ``ranking.hf_day`` is the NDCG@10 of our order of a day's papers there,
``ranking.cs_day`` of these and all that cs announced the same day; the product's code makes the features,
learns every choice as a vote and scores. Every figure has a 95 % interval (``low``, ``high``; people are
resampled) and its paired difference to TF-IDF + authors, the best order known (``gain``, ``gain_low``).
Figures that end in a rival's name are the rival's on the same trials.

The recipe was tuned on days before 2026; 2026-01 to 2026-05 is reported. ``FROM=2025-06 UNTIL=2025-08``
reports other months, ``RECORDED=DIR`` other recordings of the same form; with SCALE=0.1 each tenth day is
tried. Votes are recorded of Hugging Face's papers alone: they order its days and count nothing on cs days.

The last part measures speed, on a database.
"""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DEBUG", "1")
import django

django.setup()

from benchmarks._ranking_drift import Course, readers_are_simulated  # noqa: E402 - models need django.setup
from benchmarks._ranking_records import read_days  # noqa: E402 - as above
from benchmarks._ranking_statistics import mean_over_people  # noqa: E402 - as above
from benchmarks._ranking_trials import (  # noqa: E402 - as above
    LATEST,
    Outcome,
    first_weeks_are_tried,
    people_are_tried,
)

SCALE = float(os.environ.get("SCALE", "1"))
RECORDED = Path(os.environ.get("RECORDED") or Path(__file__).resolve().parents[2] / "shared" / "data")
FROM, UNTIL = os.environ.get("FROM") or "2026-01", os.environ.get("UNTIL") or "2026-05"
READERS = max(12, int(120 * SCALE))
BEST_KNOWN = "tfidf_authors"
RIVALS = ("random", "votes", "tfidf", "tfidf_authors", "svm")

Condition = Callable[[Outcome], bool]


def main() -> int:
    """Print the figures, one JSON object a line."""
    if not (RECORDED / "hf_daily").exists():
        sys.stderr.write(f"ranking: skipped, the recorded days are not at {RECORDED}.\n")
        return 0
    days = read_days(RECORDED, UNTIL)
    every = max(1, round(1 / SCALE))
    outcomes = list(people_are_tried(days, FROM, every=every))
    if not outcomes:
        sys.stderr.write(f"ranking: nobody chose anything from {FROM} to {UNTIL} at {RECORDED}.\n")
        return 1
    say_days(outcomes)
    say_gains(outcomes)
    say_likes(outcomes)
    say_cold_start(outcomes, list(first_weeks_are_tried(days, FROM, every=2 * every)))
    say_drift(readers_are_simulated([day for day in days if day.others], READERS))
    return speed()


def say_days(outcomes: Sequence[Outcome]) -> None:
    """All trials of both pools, and what is left without who wrote the papers."""
    for pool, goal, without in (("hf", ">= 0.96", ">= 0.72"), ("cs", ">= 0.94", ">= 0.55")):
        of_pool = chosen(outcomes, pool, "all")
        say_ndcg(f"ranking.{pool}_day", of_pool, goal=goal)
        say_ndcg(f"ranking.{pool}_without_authors", of_pool, "ours_without_authors", goal=without)
        say_rivals(f"ranking.{pool}_day", of_pool)
        say_ndcg(f"ranking.{pool}_not_own", chosen(outcomes, pool, "not_own"))


def say_gains(outcomes: Sequence[Outcome]) -> None:
    """Where no liked author helps: are we above the best order known, and how surely?"""
    for pool, kind in (("hf", "fresh"), ("hf", "purged"), ("cs", "purged"), ("cs", "fresh")):
        trials = chosen(outcomes, pool, kind)
        say_ndcg(f"ranking.{pool}_{kind}", trials)
        say_rivals(f"ranking.{pool}_{kind}", trials)
        gain = mean_over_people(
            [one.values["ours"] - one.values[BEST_KNOWN] for one in trials], [one.person for one in trials]
        )
        goal = {} if (pool, kind) == ("cs", "fresh") else {"goal": "> 0"}
        say(
            f"ranking.{pool}_{kind}_gain_low", gain.low, **goal, mean=round(gain.value, 4), trials=gain.trials
        )


def say_likes(outcomes: Sequence[Outcome]) -> None:
    """After so many likes: people who had liked just as many, and all who had by their latest alone."""
    words = {1: "one_like", 3: "three_likes", 5: "five_likes", 10: "ten_likes"}
    for pool, ending in (("hf", ""), ("cs", "_cs")):
        for count in LATEST:
            trials = [one for one in chosen(outcomes, pool, "all") if one.likes == count]
            goal = ">= 0.95" if (pool, count) == ("hf", 1) else ""
            say_ndcg(f"ranking.after_{words[count]}{ending}", trials, goal=goal)
            say_ndcg(f"ranking.latest_{words[count]}{ending}", chosen(outcomes, pool, f"latest_{count}"))


def say_cold_start(outcomes: Sequence[Outcome], first_weeks: Sequence[Outcome]) -> None:
    """Are we ever below the order by votes, without likes or in an installation's first week?"""
    trials = chosen(outcomes, "hf", "all")
    differences = [one.values["no_likes"] - one.values["votes"] for one in trials]
    say("ranking.no_likes_gain", min(differences), goal=">= 0", trials=len(trials))
    weeks = chosen(first_weeks, "hf", "latest_1")
    gain = mean_over_people(
        [one.values["ours"] - one.values["votes"] for one in weeks], [one.person for one in weeks]
    )
    say("ranking.first_week_gain_low", gain.low, goal=">= 0", mean=round(gain.value, 4), trials=gain.trials)


def say_drift(courses: Sequence[Course]) -> None:
    """How many votes a first taste and a change of it take simulated readers (three of four need no more)."""
    if not courses:
        return
    first, change = (
        sorted(getattr(course, name) for course in courses)[int(0.75 * (len(courses) - 1))]
        for name in ("first", "change")
    )
    outside = sum(course.outside for course in courses) / len(courses)
    say("ranking.first_taste_votes", first, unit="votes", goal="<= 10", readers=len(courses))
    say("ranking.change_votes_p75", change, unit="votes", goal="<= 15", readers=len(courses))
    say("ranking.outside_share", outside, unit="share", goal=">= 0.2", readers=len(courses))


def chosen(outcomes: Sequence[Outcome], pool: str, kind: str) -> list[Outcome]:
    """The trials of one pool and kind."""
    return [one for one in outcomes if one.pool == pool and one.kind == kind]


def say_rivals(name: str, trials: Sequence[Outcome]) -> None:
    """The rivals on the same trials, and our paired difference to the best known."""
    for rival in RIVALS:
        if trials and all(rival in one.values for one in trials):
            say_ndcg(f"{name}_{rival}", trials, rival)


def say_ndcg(name: str, trials: Sequence[Outcome], method: str = "ours", *, goal: str = "") -> None:
    """One method's mean NDCG@10 with its interval and its paired difference to the best known."""
    if not trials:
        return
    people = [one.person for one in trials]
    mean = mean_over_people([one.values[method] for one in trials], people)
    gain = mean_over_people([one.values[method] - one.values[BEST_KNOWN] for one in trials], people)
    about: dict[str, Any] = {"goal": goal} if goal else {}
    about |= {"low": round(mean.low, 4), "high": round(mean.high, 4)}
    if method != BEST_KNOWN:
        about |= {
            "gain": round(gain.value, 4),
            "gain_low": round(gain.low, 4),
            "gain_high": round(gain.high, 4),
        }
    say(name, mean.value, **about, trials=mean.trials, people=mean.people)


def say(name: str, value: float, *, unit: str = "NDCG@10", **more: Any) -> None:
    """Print one figure as a line of JSON."""
    line = {"name": name, "value": round(value, 4), "unit": unit, **more, "from": FROM, "until": UNTIL}
    print(json.dumps({**line, "scale": SCALE}), flush=True)


def speed() -> int:
    """The figures of speed, in a module of their own."""
    if importlib.util.find_spec("benchmarks._ranking_speed") is None:
        return 0
    return int(importlib.import_module("benchmarks._ranking_speed").main())


if __name__ == "__main__":
    sys.exit(main())
