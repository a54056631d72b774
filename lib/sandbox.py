"""Untrusted files are parsed in a child process: with limits on memory and time, and without our settings.

A parser of PDFs or pictures is a large program in C, and a hostile file may make it use up memory, never end,
or crash. So it runs in a child with limits of its own (``setrlimit(2)``) and an environment without settings,
and answers in JSON: however the child ends, the caller gets a value or an error with a reason.
"""

import importlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

_ROOT = Path(__file__).resolve().parent.parent
_SERVE_ONCE = "from lib.sandbox import serve_once; serve_once()"
_SERVE_UNTIL_CLOSED = "from lib.sandbox import serve_until_closed; serve_until_closed()"


class SandboxError(Exception):
    """The file could not be read. ``reason`` is the function's own, or "too slow", "too much memory",
    "too large" (the output) or "broken" (the child crashed).
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


MakeError = Callable[..., Exception]
"""Makes the caller's own kind of error of a sentence and ``reason=``."""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """``memory`` and ``output`` in bytes; ``seconds`` of CPU time, while twice as many and 5 may pass."""

    memory: int = 1024 * 1024 * 1024
    seconds: int = 30
    output: int = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """The function's return value, the seconds it took in the child, and the child's peak memory in bytes."""

    value: Any
    seconds: float = 0.0
    peak: int = 0


def run_in_sandbox(
    function: str,
    data: bytes,
    *,
    limits: SandboxLimits | None = None,
    make_error: MakeError = SandboxError,
    **arguments: str | int | bool,
) -> SandboxResult:
    """Call the function ``module:name(data, **arguments)`` in a child; it must return what JSON can hold.

    Raises the error that ``make_error`` makes. An error of the function that has a ``reason`` is raised with
    that reason here.
    """
    limits = limits or SandboxLimits()
    request = {"function": function, "arguments": arguments, "limits": asdict(limits)}
    with tempfile.TemporaryFile() as request_file, tempfile.TemporaryFile() as response_file:
        request_file.write(json.dumps(request).encode() + b"\n" + data)
        request_file.seek(0)
        code = _run(request_file, response_file, limits)
        response_file.seek(0)
        response = response_file.read(limits.output + 1)
    return _result(response, code=code, limits=limits, make_error=make_error)


def _run(request_file: IO[bytes], response_file: IO[bytes], limits: SandboxLimits) -> int | None:
    """The child's exit status, negative for a signal; None if it did not end in time."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE_ONCE],
        stdin=request_file,
        stdout=response_file,
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


class SandboxedReader:
    """One child that reads many small files, each within ``limits``: starting one for each would take longer.

    The child starts with the first file, and again after each error. To be used as a context manager.
    """

    def __init__(self, function: str, *, limits: SandboxLimits, make_error: MakeError = SandboxError) -> None:
        self.function = function
        self.limits = limits
        self.make_error = make_error
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, data: bytes) -> SandboxResult:
        """The function's result for ``data``. Raises as :func:`run_in_sandbox`."""
        try:
            response, code = self._exchange(self._running_child(), data)
            return _result(response, code=code, limits=self.limits, make_error=self.make_error)
        except Exception:
            self.close()  # the next file must not meet what this one left in the child's memory
            raise

    def close(self) -> None:
        """End the child, if one runs. A later :meth:`read` starts another."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        with child:  # closes the pipes and waits
            pass

    def _running_child(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-c", _SERVE_UNTIL_CLOSED],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd=tempfile.gettempdir(),
                bufsize=0,
            )
        return self._child

    def _exchange(self, child: Any, data: bytes) -> tuple[bytes, int | None]:
        """The line that the child answers, and its exit status: 0 while it runs, None if it was too slow."""
        request = {"function": self.function, "limits": asdict(self.limits), "size": len(data)}
        deadline = time.monotonic() + 2 * self.limits.seconds + 5
        try:
            _write(child.stdin, json.dumps(request).encode() + b"\n" + data, deadline=deadline)
            response = _read_line(child.stdout, deadline=deadline, size_limit=self.limits.output)
        except TimeoutError:
            return b"", None
        except OSError:  # the child ended before it had read everything
            response = b""
        has_ended = not response.endswith(b"\n") and len(response) < self.limits.output
        return response, child.wait() if has_ended else 0


def _write(pipe: IO[bytes], data: bytes, *, deadline: float) -> None:
    """Raises TimeoutError if the child does not read it in time."""
    rest = memoryview(data)
    while rest:
        if not select.select([], [pipe], [], max(deadline - time.monotonic(), 0))[1]:
            raise TimeoutError
        rest = rest[os.write(pipe.fileno(), rest[: select.PIPE_BUF]) :]


def _read_line(pipe: IO[bytes], *, deadline: float, size_limit: int) -> bytes:
    """One line, or its beginning if the pipe ends before. Raises TimeoutError."""
    response = bytearray()
    while not response.endswith(b"\n") and len(response) < size_limit:
        if not select.select([pipe], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise TimeoutError
        part = os.read(pipe.fileno(), 1 << 16)
        if not part:
            break
        response += part
    return bytes(response)


def _result(
    response: bytes, *, code: int | None, limits: SandboxLimits, make_error: MakeError
) -> SandboxResult:
    """What the child answered. ``code``: its exit status, negative for a signal; None if it was too slow."""
    if code in {None, -signal.SIGXCPU, -signal.SIGKILL}:  # the kernel sends SIGKILL some seconds later
        raise make_error(f"It was not read within {limits.seconds} s.", reason="too slow")
    try:
        parsed = json.loads(response) if code == 0 else {}
    except ValueError:
        parsed = {}
    if "value" in parsed:
        return SandboxResult(parsed["value"], float(parsed["seconds"]), int(parsed["peak"]))
    if "reason" in parsed:
        raise make_error(str(parsed["message"]), reason=str(parsed["reason"]))
    if code == -signal.SIGXFSZ or len(response) >= limits.output:
        raise make_error("What was read from it is too much.", reason="too large")
    raise make_error(f"Its reader crashed on it (status {code}).", reason="broken")


# -- in the child --------------------------------------------------------------------------------------------


def serve_once() -> None:
    """Answer the one request on standard input; then the process ends."""
    request = json.loads(sys.stdin.buffer.readline())
    limits = SandboxLimits(**request["limits"])
    _set_limits(limits)
    # What a library prints to standard output must not be read as the response.
    response_fd = os.dup(1)
    os.dup2(2, 1)
    try:
        response = _respond(request, sys.stdin.buffer.read())
    except MemoryError:
        size = limits.memory // 2**20
        response = {
            "reason": "too much memory",
            "message": f"Reading it takes more than {size} MB of memory.",
        }
    with os.fdopen(response_fd, "wb") as stream:
        stream.write(json.dumps(response).encode())


def serve_until_closed() -> None:
    """Answer one request after the other, each in a line, until standard input is closed."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        limits = SandboxLimits(**request["limits"])
        _renew_limits(limits)
        data = sys.stdin.buffer.read(request["size"])
        try:
            response = _respond({"arguments": {}, **request}, data)
        except MemoryError:
            response = {"reason": "too much memory", "message": "Reading it takes too much memory."}
        except Exception as error:  # noqa: BLE001 - reported to the caller; the next file is read
            response = {"reason": "broken", "message": f"Its reader fails on it ({type(error).__name__})."}
        stream.write(json.dumps(response).encode() + b"\n")
        stream.flush()


def _respond(request: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    module, _, name = request["function"].partition(":")
    function = getattr(importlib.import_module(module), name)
    began = time.monotonic()
    try:
        value = function(data, **request["arguments"])
    except RecursionError:
        return {"reason": "broken", "message": "It is nested too deeply."}
    except Exception as error:
        reason = getattr(error, "reason", None)
        if not isinstance(reason, str) or isinstance(error, UnicodeError):  # whose reason is the codec's
            raise
        return {"reason": reason, "message": str(error)}
    return {"value": value, "seconds": time.monotonic() - began, "peak": _peak()}


def _peak() -> int:
    """This program's own peak memory, in bytes.

    ``ru_maxrss`` survives ``exec`` (Linux getrusage(2)), so a child starts with the peak of its large parent.
    VmHWM (proc_pid_status(5)) starts with the program.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _set_limits(limits: SandboxLimits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output, limits.output))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 2))


def _renew_limits(limits: SandboxLimits) -> None:
    """The limits for one more file: its seconds of CPU time count from now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_limit = int(usage.ru_utime + usage.ru_stime) + 1 + limits.seconds
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
