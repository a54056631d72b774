"""The long form of chaos: 10,000 readers, 30 kills, every blow; both promises, on PostgreSQL.

``chaos.lost``: not delivered, and the row does not say so. ``chaos.uncertain`` stands beside its bound: one
for each sender that was killed, and one for each reply that the mail server never sent;
``chaos.left_by_the_dead`` are the former alone. ``chaos.kills`` are moments: some take several senders.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCALE = float(os.environ.get("SCALE", "1"))
READERS = max(200, int(10_000 * SCALE))
KILLS = max(3, int(30 * SCALE))


def main() -> int:
    """Kill senders at work under both promises of delivery; 1 if what a run found breaks a promise."""
    failed = 0
    for promise in ("at-most-once", "at-least-once"):
        command = [sys.executable, "-m", "tests.chaos.field", f"--readers={READERS}", f"--kills={KILLS}"]
        command += ["--database=postgres", f"--promise={promise}", "--limit=1800", "--pause=0.02"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stderr[-2000:])
            return 1
        counts = json.loads(done.stdout.strip().splitlines()[-1])
        suffix = "" if promise == "at-most-once" else "_at_least_once"
        bound = counts["kills"] + counts["replies_lost"]
        goals = {
            "duplicates": ("0", 0) if not suffix else (f"<= {bound}", bound),
            "lost": ("0", 0),
            "uncertain": (f"<= {bound}", bound) if not suffix else ("0", 0),
            "left_by_the_dead": (f"<= {counts['kills']}", counts["kills"]),
        }
        for name, (goal, most) in goals.items():
            failed |= counts[name] > most
            figure(f"chaos.{name}{suffix}", counts[name], goal=goal, scale=SCALE, readers=READERS)
        failed |= counts["moments"] < KILLS
        figure(
            f"chaos.kills{suffix}", counts["moments"], goal=f">= {KILLS}", scale=SCALE, done=counts["done"]
        )
    return int(failed)


def figure(name: str, value: int, **more: object) -> None:
    """Print one figure as a line of JSON."""
    print(json.dumps({"name": name, "value": value, "unit": "count", **more}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
