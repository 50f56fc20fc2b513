"""`roster sandbox` with the people of a repository in both systems, behind a cache of what it answers."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

import people

EXPORT = re.compile(r"export (\w+)='(.*)'")
# Headers of one connection, which the cache makes anew.
OWN = {"connection", "content-length", "transfer-encoding", "host"}


def fill(roster, repository):
    """Writes a state in which both systems hold the people of a repository, and nothing is left to do.

    `plan --sandbox` makes it, and makes the first three people different. So three more stand before all others, and go again.
    """
    agents, state = Path(repository, "agents"), Path(repository, ".roster", "sandbox.json")
    extra = {}
    for number in range(3):
        slug, text = people.agent(100_000 + number)
        extra[f"aaa-{slug}"] = text
    for slug, text in extra.items():
        Path(agents, f"{slug}.yaml").write_text(text, encoding="utf-8")
    command = [str(roster), "plan", "--sandbox"]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as seeding:
        # The state is there, whole, before the first request.
        while not state.exists() and seeding.poll() is None:
            time.sleep(0.05)
        seeding.kill()

    held = json.loads(state.read_text(encoding="utf-8"))
    crm, pf = held["crm"]["users"]["rows"], held["pf"]["users"]["rows"]
    for number, row in list(crm.items()):
        if row.get("fields", {}).get("11") in extra:
            del crm[number], pf[row["fields"]["12"]]
    state.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
    for slug in extra:
        Path(agents, f"{slug}.yaml").unlink()


class Cache:
    """Answers a GET that was answered before with the same bytes.

    The sandbox looks at every row for each page, so that it would take longer than the programs that are measured.
    """

    def __init__(self, host, port):
        self.server = (host, port)
        self.requests, self.answers, self.lock = [], {}, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._connection, args=(client,), daemon=True).start()

    def _connection(self, client):
        with contextlib.suppress(OSError, http.client.HTTPException), client, client.makefile("rb") as stream:
            while line := stream.readline().decode():
                method, target, _ = line.split()
                headers = http.client.parse_headers(stream)
                body = stream.read(int(headers.get("content-length", 0)))
                self.requests.append(f"{method} {target}")
                client.sendall(self._answer(method, target, headers, body))

    def _answer(self, method, target, headers, body):
        answer = self.answers.get(target) if method == "GET" else None
        if answer is None:
            # A bearer token is new in each run, and every one of them reads the same.
            with self.lock:
                answer = self._ask(method, target, headers, body)
            if method == "GET" and answer.startswith(b"HTTP/1.1 200 "):
                self.answers[target] = answer
        return answer

    def _ask(self, method, target, headers, body):
        with contextlib.closing(http.client.HTTPConnection(*self.server)) as server:
            server.request(method, target, body, {name: value for name, value in headers.items() if name.lower() not in OWN})
            response = server.getresponse()
            content = response.read()
            lines = [f"HTTP/1.1 {response.status} {response.reason}"]
            lines += [f"{name}: {value}" for name, value in response.getheaders() if name.lower() not in OWN]
            return "\r\n".join([*lines, f"content-length: {len(content)}", "", ""]).encode() + content


@contextlib.contextmanager
def serve(roster, repository):
    """The environment of a server on loopback that has no rate limits, and the list of the requests that it gets."""
    lifted = ["--behave", "pf_rate=none", "--behave", "pf_token_rate=none"]
    state = Path(repository, ".roster", "sandbox.json")
    command = [str(roster), "sandbox", "--state", str(state), *lifted]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        variables = dict(EXPORT.match(server.stdout.readline()).groups() for _ in range(8))
        host, port = re.match(r"http://([\d.]+):(\d+)", variables["ROSTER_CRM_URL"]).groups()
        cache = Cache(host, int(port))
        here = {name: value.replace(f"{host}:{port}", cache.address) for name, value in variables.items()}
        # Keys that this shell holds for the real systems are not sent anywhere: these stand in their place.
        yield {**os.environ, **here}, cache.requests
        cache.listener.close()
    finally:
        server.terminate()
        server.wait()
