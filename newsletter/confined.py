"""Reading strangers' files in a process that may not do harm: little memory, little time, no secrets.

A parser of PDFs or pictures is a large program in C, and a hostile file may make it eat memory, run for ever
or crash. So it runs as a child with limits of its own (``setrlimit(2)``), with an environment that holds no
settings, and speaks JSON: whatever becomes of it, the caller gets an answer or a stated reason.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from newsletter.errors import Unreadable

_ROOT = Path(__file__).resolve().parent.parent
_COMMAND = "from newsletter.confined import serve; serve()"


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` and ``output`` in bytes; ``seconds`` of computing, and twice as many on the clock."""

    memory: int = 1024 * 1024 * 1024
    seconds: int = 30
    output: int = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the function returned, the seconds it took in the child, and the child's peak memory in bytes."""

    value: Any
    seconds: float = 0.0
    peak: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


def run_confined(
    function: str, data: bytes, *, limits: Limits | None = None, **arguments: str | int | bool
) -> Outcome:
    """Call ``module:name(data, **arguments)`` of our own code in a child; it returns what JSON can carry.

    Raises :class:`~newsletter.errors.Unreadable`: the function's own reason, or "too slow", "too much
    memory", "too large" (its output) or "broken" (it crashed).
    """
    limits = limits or Limits()
    question = {"function": function, "arguments": arguments, "limits": asdict(limits)}
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(json.dumps(question).encode() + b"\n" + data)
        asked.seek(0)
        code = _run(asked, answered, limits)
        answered.seek(0)
        said = answered.read(limits.output + 1)
    return _outcome(said, code=code, limits=limits)


def _run(asked: IO[bytes], answered: IO[bytes], limits: Limits) -> int | None:
    """The child's exit status, negative for a signal; None if it did not end in time."""
    environment = {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    with subprocess.Popen(
        [sys.executable, "-c", _COMMAND],
        stdin=asked,
        stdout=answered,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=tempfile.gettempdir(),
        close_fds=True,
    ) as child:
        try:
            return child.wait(timeout=2 * limits.seconds + 5)
        except subprocess.TimeoutExpired:
            child.kill()
            return None


def _outcome(said: bytes, *, code: int | None, limits: Limits) -> Outcome:
    if code is None or code in {-24, -9}:  # SIGXCPU, and the SIGKILL that follows it
        raise Unreadable(f"It was not read within {limits.seconds} s.", reason="too slow")
    try:
        answer = json.loads(said) if code == 0 else {}
    except ValueError:
        answer = {}
    if "value" in answer:
        return Outcome(answer["value"], float(answer["seconds"]), int(answer["peak"]))
    if "reason" in answer:
        raise Unreadable(str(answer["message"]), reason=str(answer["reason"]))
    if code == -25 or len(said) >= limits.output:  # SIGXFSZ
        raise Unreadable("What was read from it is too much.", reason="too large")
    raise Unreadable(f"Its reader crashed on it (status {code}).", reason="broken")


# -- in the child --------------------------------------------------------------------------------------------


def serve() -> None:
    """Answer the one question on standard input; the process ends with it."""
    question = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**question["limits"])
    _confine(limits)
    # Whatever a library prints must not be taken for the answer.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    try:
        answer = _answer(question)
    except MemoryError:
        size = limits.memory // 2**20
        answer = {"reason": "too much memory", "message": f"Reading it takes more than {size} MB of memory."}
    with os.fdopen(answer_to, "wb") as stream:
        stream.write(json.dumps(answer).encode())


def _answer(question: Mapping[str, Any]) -> dict[str, Any]:
    module, _, name = question["function"].partition(":")
    function = getattr(importlib.import_module(module), name)
    data = sys.stdin.buffer.read()
    began = time.monotonic()
    try:
        value = function(data, **question["arguments"])
    except Unreadable as error:
        return {"reason": error.reason, "message": error.message}
    except RecursionError:
        return {"reason": "broken", "message": "It is nested too deeply."}
    return {"value": value, "seconds": time.monotonic() - began, "peak": _peak()}


def _peak() -> int:
    """This program's own peak memory, in bytes.

    ``ru_maxrss`` outlives ``exec`` (Linux getrusage(2)): of a child it tells what its large parent held. The
    high-water mark of the address space (proc_pid_status(5), VmHWM) begins with the program.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _confine(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output, limits.output))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 2))
