"""Reading strangers' files in a process that may not do harm: little memory, little time, no secrets.

A parser of PDFs or pictures is a large program in C, and a hostile file may make it eat memory, run for ever
or crash. So it runs as a child with limits of its own (``setrlimit(2)``), with an environment that holds no
settings, and speaks JSON: whatever becomes of it, the caller gets an answer or a stated reason.
"""

import importlib
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Self

_ROOT = Path(__file__).resolve().parent.parent
_COMMAND = "from lib.sandbox import serve; serve()"
_MANY = "from lib.sandbox import serve_many; serve_many()"


class SandboxError(Exception):
    """The file could not be read. ``reason`` is the function's own, or "too slow", "too much memory",
    "too large" (its output) or "broken" (it crashed).
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


Failure = Callable[..., Exception]  # made of the sentence and ``reason=``: the caller's own kind of error


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
    function: str,
    data: bytes,
    *,
    limits: Limits | None = None,
    failure: Failure = SandboxError,
    **arguments: str | int | bool,
) -> Outcome:
    """Call ``module:name(data, **arguments)`` of our own code in a child; it returns what JSON can carry.

    Raises what ``failure`` makes of a :class:`SandboxError`. The function tells its own reason by raising any
    error that has a ``reason``.
    """
    limits = limits or Limits()
    question = {"function": function, "arguments": arguments, "limits": asdict(limits)}
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(json.dumps(question).encode() + b"\n" + data)
        asked.seek(0)
        code = _run(asked, answered, limits)
        answered.seek(0)
        said = answered.read(limits.output + 1)
    return _outcome(said, code=code, limits=limits, failure=failure)


def _run(asked: IO[bytes], answered: IO[bytes], limits: Limits) -> int | None:
    """The child's exit status, negative for a signal; None if it did not end in time."""
    with subprocess.Popen(
        [sys.executable, "-c", _COMMAND],
        stdin=asked,
        stdout=answered,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        cwd=tempfile.gettempdir(),
        close_fds=True,
    ) as child:
        try:
            return child.wait(timeout=2 * limits.seconds + 5)
        except subprocess.TimeoutExpired:
            child.kill()
            return None


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}


class ConfinedReader:
    """One child for many small files, each read within ``limits``, where starting one for each takes longer.

    The child starts with the first file, and anew after one that it did not survive. To be used as a
    context.
    """

    def __init__(self, function: str, *, limits: Limits, failure: Failure = SandboxError) -> None:
        self.function = function
        self.limits = limits
        self.failure = failure
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, data: bytes) -> Outcome:
        """What the function makes of ``data``. Raises as :func:`run_confined`."""
        try:
            said, code = self._ask(self._started(), data)
            return _outcome(said, code=code, limits=self.limits, failure=self.failure)
        except Exception:
            self.close()  # whatever this file left behind in the child goes with it
            raise

    def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        with child:  # closes the pipes and waits
            pass

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-c", _MANY],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd=tempfile.gettempdir(),
                bufsize=0,
            )
        return self._child

    def _ask(self, child: Any, data: bytes) -> tuple[bytes, int | None]:
        """The answer's line, and the child's exit status: 0 while it lives, None if it was too slow."""
        question = {"function": self.function, "limits": asdict(self.limits), "size": len(data)}
        deadline = time.monotonic() + 2 * self.limits.seconds + 5
        try:
            _write(child.stdin, json.dumps(question).encode() + b"\n" + data, deadline=deadline)
            said = _read_line(child.stdout, deadline=deadline, most=self.limits.output)
        except TimeoutError:
            return b"", None
        except OSError:  # it died before it had read all
            said = b""
        has_ended = not said.endswith(b"\n") and len(said) < self.limits.output
        return said, child.wait() if has_ended else 0


def _write(pipe: IO[bytes], data: bytes, *, deadline: float) -> None:
    """Raises TimeoutError if the child does not take it."""
    rest = memoryview(data)
    while rest:
        if not select.select([], [pipe], [], max(deadline - time.monotonic(), 0))[1]:
            raise TimeoutError
        rest = rest[os.write(pipe.fileno(), rest[: select.PIPE_BUF]) :]


def _read_line(pipe: IO[bytes], *, deadline: float, most: int) -> bytes:
    """One line, or what there was of it at the end of the pipe. Raises TimeoutError."""
    said = bytearray()
    while not said.endswith(b"\n") and len(said) < most:
        if not select.select([pipe], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise TimeoutError
        part = os.read(pipe.fileno(), 1 << 16)
        if not part:
            break
        said += part
    return bytes(said)


def _outcome(said: bytes, *, code: int | None, limits: Limits, failure: Failure) -> Outcome:
    if code is None or code in {-24, -9}:  # SIGXCPU, and the SIGKILL that follows it
        raise failure(f"It was not read within {limits.seconds} s.", reason="too slow")
    try:
        answer = json.loads(said) if code == 0 else {}
    except ValueError:
        answer = {}
    if "value" in answer:
        return Outcome(answer["value"], float(answer["seconds"]), int(answer["peak"]))
    if "reason" in answer:
        raise failure(str(answer["message"]), reason=str(answer["reason"]))
    if code == -25 or len(said) >= limits.output:  # SIGXFSZ
        raise failure("What was read from it is too much.", reason="too large")
    raise failure(f"Its reader crashed on it (status {code}).", reason="broken")


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
        answer = _answer(question, sys.stdin.buffer.read())
    except MemoryError:
        size = limits.memory // 2**20
        answer = {"reason": "too much memory", "message": f"Reading it takes more than {size} MB of memory."}
    with os.fdopen(answer_to, "wb") as stream:
        stream.write(json.dumps(answer).encode())


def serve_many() -> None:
    """Answer one question after the other, in a line each, until standard input ends."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while line := sys.stdin.buffer.readline():
        question = json.loads(line)
        limits = Limits(**question["limits"])
        _confine_once_more(limits)
        data = sys.stdin.buffer.read(question["size"])
        try:
            answer = _answer({"arguments": {}, **question}, data)
        except MemoryError:
            answer = {"reason": "too much memory", "message": "Reading it takes too much memory."}
        except Exception as error:  # noqa: BLE001 - the caller is told, and the next file is read
            answer = {"reason": "broken", "message": f"Its reader fails on it ({type(error).__name__})."}
        stream.write(json.dumps(answer).encode() + b"\n")
        stream.flush()


def _answer(question: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    module, _, name = question["function"].partition(":")
    function = getattr(importlib.import_module(module), name)
    began = time.monotonic()
    try:
        value = function(data, **question["arguments"])
    except RecursionError:
        return {"reason": "broken", "message": "It is nested too deeply."}
    except Exception as error:
        reason = getattr(error, "reason", None)
        if not isinstance(reason, str) or isinstance(error, UnicodeError):  # which has another kind of reason
            raise
        return {"reason": reason, "message": str(error)}
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


def _confine_once_more(limits: Limits) -> None:
    """The limits anew: the seconds count from now."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    until = int(own.ru_utime + own.ru_stime) + 1 + limits.seconds
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))
