"""A page of the site of `evaluations.bench.pages`, and how long it takes to answer."""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

BUDGET_MS = 100.0
WARM_UP = 3


def additions_ms() -> float:
    """Milliseconds for a million additions, the best of five: the pace of a machine.

    The same pages took two and a half times as long on one machine as on another, so figures of
    two runs say something beside each other only where this does not differ.
    """

    def once() -> float:
        began = time.perf_counter()
        total = 0
        for number in range(1_000_000):
            total += number
        return (time.perf_counter() - began) * 1000

    return min(once() for _ in range(5))


@dataclass(frozen=True)
class Page:
    """A page to ask for: what it is called, the name of its address, and what it takes."""

    title: str
    name: str
    arguments: tuple[Any, ...] = ()
    query: str = ""
    by_staff: bool = False
    work: Callable[[], Any] | None = None
    """What is done in place of a request, for what is no page."""


def measure(page: Page, clients: Mapping[bool, Any], requests: int) -> bool | None:
    """Print a page's line. True within the budget, None where there is no such page."""
    from django.db import connection  # noqa: PLC0415
    from django.http import HttpResponse  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415
    from django.urls import NoReverseMatch, reverse  # noqa: PLC0415

    try:
        address = reverse(page.name, args=page.arguments) if page.work is None else ""
    except NoReverseMatch:
        print(f"{page.title:<38} left out: there is no page named “{page.name}”")
        return None
    address += f"?{page.query}" if page.query else ""

    def ask() -> Any:
        if page.work is not None:
            return HttpResponse(page.work())
        return clients[page.by_staff].get(address, headers={"Accept-Encoding": "gzip"})

    try:
        for _ in range(WARM_UP):
            response = ask()
        with CaptureQueriesContext(connection) as captured:
            ask()
        queries = len(captured)
    except Exception as error:
        print(f"{page.title:<38} FAILS: {type(error).__name__}: {error}")
        return False
    size = len(response.getvalue())
    if response.get("Content-Encoding") != "gzip":
        size = len(gzip.compress(response.getvalue()))
    times = []
    for _ in range(requests):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    fine = p95 <= BUDGET_MS and response.status_code < 400
    note = "" if response.status_code == 200 else f"  answers {response.status_code}"
    note += "" if p95 <= BUDGET_MS else "  ABOVE BUDGET"
    print(f"{page.title:<38} {p50:8.1f} {p95:8.1f} {queries:8} {size:9,}{note}")
    return fine
