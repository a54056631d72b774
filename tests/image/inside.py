"""Runs inside a sandbox: starts programs, asks them over loopback, and says what came of it, a line each.

Nothing but the standard library is there for certain.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

PROCESSES: dict[str, subprocess.Popen] = {}


def forward(port, path):
    """Whoever connects to loopback ``port`` speaks with the socket at ``path``."""
    server = socket.create_server(("127.0.0.1", port))

    def copy(source, target):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

    def serve():
        while True:
            client, _ = server.accept()
            other = socket.socket(socket.AF_UNIX)
            other.connect(path)
            for pair in ((client, other), (other, client)):
                threading.Thread(target=copy, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


def start(name, command, environment):
    log = open(f"/tmp/{name}.log", "wb")
    PROCESSES[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd="/app")


def stop(name):
    PROCESSES[name].send_signal(signal.SIGTERM)
    return PROCESSES.pop(name).wait(timeout=60)


def output(name):
    with open(f"/tmp/{name}.log", encoding="utf-8", errors="replace") as log:
        return log.read()[-100_000:]


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd="/app")
    return [done.returncode, done.stdout[-4000:] + done.stderr[-4000:]]


def await_port(port, name, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if PROCESSES[name].poll() is not None:
            break
        time.sleep(0.05)  # no event tells from outside that a process listens: it is tried again
    raise RuntimeError(f"{name} does not listen on {port}: {output(name)}")


def get(path, host, headers=None, port=8000):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Host": host, **(headers or {})})
    response = connection.getresponse()
    return [response.status, response.read().decode("utf-8", "replace"), dict(response.getheaders())]


def post(path, host, size, port):
    """The status of the answer to ``size`` bytes, also where it comes before all of them were sent."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has answered, and takes no more
        connection.request("POST", path, body=b"x" * size, headers={"Host": host})
    return connection.getresponse().status


def identity():
    return [os.getuid(), os.getgid()]


def writable(folders):
    """Which of ``folders`` a file can be made in."""
    found = []
    for folder in folders:
        name = os.path.join(folder, ".probe")
        try:
            with open(name, "x"):
                found.append(folder)
            os.unlink(name)
        except OSError:
            pass
    return found


ACTS = {
    act.__name__: act
    for act in (forward, start, stop, output, run, await_port, get, post, identity, writable)
}


def main():
    for line in sys.stdin:
        act, arguments = json.loads(line)
        try:
            answer = {"value": ACTS[act](**arguments)}
        except Exception as error:
            answer = {"error": f"{act}: {type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
