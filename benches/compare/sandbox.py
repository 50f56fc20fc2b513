"""`roster sandbox` with the people of a repository in both systems, and the requests that a program sends to it."""

import contextlib
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

EXPORT = re.compile(r"export (\w+)='(.*)'")
REQUEST = re.compile(rb"(?:^|\r\n\r\n|\})(GET|POST|PUT|PATCH|DELETE) (\S+) HTTP/1\.1\r\n")


def fill(roster, repository, how="apply"):
    """Puts the people into a sandbox of this repository. After an `apply` nothing is left to do; a `plan` leaves four people."""
    command = [str(roster), how, "--sandbox"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"filling the sandbox failed: {done.stdout[-300:]}{done.stderr[-300:]}")


@contextlib.contextmanager
def serve(roster, repository):
    """The environment of a server on loopback that has no rate limits."""
    lifted = ["--behave", "pf_rate=none", "--behave", "pf_token_rate=none"]
    state = Path(repository, ".roster", "sandbox.json")
    command = [str(roster), "sandbox", "--state", str(state), *lifted]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        variables = dict(EXPORT.match(server.stdout.readline()).groups() for _ in range(8))
        # A token that this shell holds for the real systems is not sent anywhere.
        yield {**os.environ, **variables}
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def counted(environment):
    """The same server behind a relay, and a list of the requests that went through it: method and target."""
    host, port = re.match(r"http://([\d.]+):(\d+)", environment["ROSTER_CRM_URL"]).groups()
    requests, listener = [], socket.create_server(("127.0.0.1", 0))
    here = f"127.0.0.1:{listener.getsockname()[1]}"

    def copy(source, target, seen):
        # A program sends one request after the other on a connection, so each begins a piece.
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                if seen:
                    requests.extend((method.decode(), path.decode()) for method, path in REQUEST.findall(piece))
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection((host, int(port)))
                for pair in ((client, server, True), (server, client, False)):
                    threading.Thread(target=copy, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield {name: value.replace(f"{host}:{port}", here) for name, value in environment.items()}, requests
    finally:
        listener.close()
