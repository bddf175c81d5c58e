"""How a site of 10,000 outputs bears eight visitors who do what costs it most.

    bin/bench attack [--outputs N] [--clients N] [--seconds N] [--workers N]

A web server of its own, with a process a core, stands before a scratch database that is filled as
for `pages`. Each kind of request is first asked alone, one after the other, then by all visitors
at once: reading pages, boards, what-if with rules that nobody asked before, judging, and guessing
a password. Prints the 50th and 95th percentile of each kind alone and under load, their ratio, and
answers above 499. Exits with 1 where there is one, or where a reading page takes more than 5 times
as long.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from evaluations.bench.pages import fill_site
from evaluations.bench.queue import scratch_database

SLOWEST = 5.0
"""A reading page may take so many times as long under load as alone."""
ALONE = 15
"""Requests of each kind before the load."""
START_SECONDS = 60.0

Ask = Callable[[random.Random], tuple[str, str, dict[str, str]]]
"""Method, address and form of one request of a kind."""
Times = Mapping[str, list[tuple[float, int]]]
"""Kind to the milliseconds and status of each answer."""


def kinds_of(site: Mapping[str, Any]) -> dict[str, Ask]:
    """What visitors ask; the first two are reading pages, which must stay usable."""
    first, keys = site["first"], site["keys"]

    def rule(chance: random.Random) -> tuple[str, str, dict[str, str]]:
        chosen = chance.sample(keys, chance.randint(1, len(keys)))
        wanted: Any = {chance.choice(["all", "any"]): chosen}
        if chance.random() < 0.5:
            wanted = {"not": wanted}
        query = urlencode({"rule": json.dumps(wanted)})
        return "GET", f"/definitions/{first}/what-if/?{query}", {}

    def day(chance: random.Random) -> tuple[str, str, dict[str, str]]:
        since = f"20{chance.randint(10, 25)}-{chance.randint(1, 12):02}-01"
        return "GET", f"/leaderboards/{first}/?since={since}", {}

    return {
        "home": lambda _: ("GET", "/", {}),
        "board": lambda _: ("GET", f"/leaderboards/{first}/", {}),
        "board of any day": day,
        "what-if, a new rule": rule,
        "judging page": lambda _: ("GET", f"/judge/{site['output']}/", {}),
        "empty judgment": lambda _: ("POST", f"/judge/{site['output']}/", {"x": "1"}),
        "guessed password": lambda chance: (
            "POST",
            "/accounts/login/",
            {"login": f"judge-{chance.randint(0, 49)}", "password": str(chance.random())},
        ),
    }


def sign_in(_: random.Random) -> tuple[str, str, dict[str, str]]:
    return "GET", "/accounts/login/", {}


READING = ("home", "board")


class Visitor:
    """One connection that asks again and again."""

    def __init__(self, port: int, number: int) -> None:
        self.port = port
        self.chance = random.Random(number)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.secret = ""

    def ask(self, kind: Ask) -> tuple[float, int]:
        """Milliseconds until the whole answer was there, and its status; 599 where none came."""
        method, address, form = kind(self.chance)
        headers = {"Host": "localhost", "Accept-Encoding": "gzip"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Cookie"] = f"csrftoken={self.secret}"
            form = {**form, "csrfmiddlewaretoken": self.secret}
        began = time.perf_counter()
        try:
            self.connection.request(method, address, urlencode(form) if form else None, headers)
            response = self.connection.getresponse()
            response.read()
            status = response.status
            for cookie in response.headers.get_all("Set-Cookie") or []:
                if cookie.startswith("csrftoken="):
                    self.secret = cookie.partition("=")[2].partition(";")[0]
        except (OSError, http.client.HTTPException):
            self.connection.close()
            status = 599
        return (time.perf_counter() - began) * 1000, status


def serve(workers: int) -> tuple[subprocess.Popen[bytes], int]:
    """The web server on a free port, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port),
         "--workers", str(workers), "reasoning_site.asgi:application"],
        env={**os.environ, "ALLOWED_HOSTS": "localhost"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    visitor, until = Visitor(port, 0), time.monotonic() + START_SECONDS
    while visitor.ask(lambda _: ("GET", "/health/", {}))[1] >= 500:
        if time.monotonic() > until or server.poll() is not None:
            raise SystemExit("The web server did not start.")
        time.sleep(0.2)
    return server, port


def alone(kinds: Mapping[str, Ask], port: int) -> Times:
    visitor = Visitor(port, 0)
    visitor.ask(sign_in)
    for kind in kinds.values():
        visitor.ask(kind)
    return {name: [visitor.ask(kind) for _ in range(ALONE)] for name, kind in kinds.items()}


def together(kinds: Mapping[str, Ask], port: int, clients: int, seconds: float) -> Times:
    """All visitors at once, each with a kind drawn anew, for so many seconds."""
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    until = time.monotonic() + seconds

    def visit(number: int) -> None:
        visitor = Visitor(port, number)
        visitor.ask(sign_in)
        while time.monotonic() < until:
            name = visitor.chance.choice(list(kinds))
            found[name].append(visitor.ask(kinds[name]))

    visitors = [threading.Thread(target=visit, args=(n,)) for n in range(1, clients + 1)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return found


def quantiles(times: list[tuple[float, int]]) -> tuple[float, float]:
    """The 50th and the 95th percentile, in milliseconds."""
    sizes = sorted(size for size, _ in times)
    return statistics.median(sizes), sizes[int(len(sizes) * 0.95)]


def report(kinds: Mapping[str, Ask], before: Times, under: Times) -> bool:
    """Print a line for each kind; whether all is within what the site promises."""
    print(f"{'kind':<24} {'alone p50':>10} {'p95':>8} {'load p50':>10} {'p95':>8} "
          f"{'ratio':>6} {'n':>6} {'5xx':>4}  answers")  # fmt: skip
    fine = True
    for name in kinds:
        (p50, p95), (p50_load, p95_load) = quantiles(before[name]), quantiles(under[name])
        statuses = [status for _, status in [*before[name], *under[name]]]
        failed, ratio = sum(status >= 500 for status in statuses), p50_load / p50
        answers = ", ".join(map(str, sorted(set(statuses))))
        print(f"{name:<24} {p50:10.1f} {p95:8.1f} {p50_load:10.1f} {p95_load:8.1f} "
              f"{ratio:6.1f} {len(under[name]):6} {failed:4}  {answers}")  # fmt: skip
        fine &= failed == 0 and (name not in READING or ratio <= SLOWEST)
    return fine


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    with scratch_database(durable=False):
        site = fill_site(chosen.outputs)
        made = f"{site['outputs']:,} outputs, {site['judgments']:,} judgments"
        print(f"{made}; {chosen.clients} visitors for {chosen.seconds:.0f} s, "
              f"{chosen.workers} processes of the server")  # fmt: skip
        server, port = serve(chosen.workers)
        try:
            kinds = kinds_of(site)
            before = alone(kinds, port)
            fine = report(kinds, before, together(kinds, port, chosen.clients, chosen.seconds))
        finally:
            server.terminate()
            server.wait()
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
