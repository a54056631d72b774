"""``python -m benchmarks [NAME …]``: every benchmark, or the named ones, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

NAMES = sorted(
    file.stem for file in Path(__file__).parent.glob("*.py") if not file.stem.startswith(("_", "support"))
)

BY_NAME_ALONE = ("chaos", "growth", "migrations", "million", "capacity")  # they take long


def main(wanted: list[str]) -> int:
    """Run the wanted benchmarks, or all but the longest; 1 if one failed, 2 for an unknown name."""
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        sys.stderr.write(f"No benchmark is named {', '.join(unknown)}; there are: {', '.join(NAMES)}.\n")
        return 2
    failed = 0
    for name in wanted or [name for name in NAMES if name not in BY_NAME_ALONE]:
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main([name for argument in sys.argv[1:] for name in argument.split(",")]))
