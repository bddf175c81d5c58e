"""When a reader on a slow network sees something, and whether it moves afterwards.

    python -m evaluations.bench.paint [--outputs N] [--times N]

Home, a board and judging in Chromium, without a cache, over a network of 1.6 megabits a second
with 150 ms there and back, as Lighthouse takes for a phone, and with the processor slowed four
times. The site is made in a PostgreSQL server of its own. Prints the median of the first
contentful paint and the worst layout shift beside their budgets; exits with 1 where one is above.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from typing import Any

from evaluations.bench.attack import serve
from evaluations.bench.pages import fill_site
from evaluations.bench.queue import scratch_database

PAINT_MS, SHIFT = 1800.0, 0.02
"""What counts as good for the first contentful paint; nothing may jump."""

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 // 8,
           "uploadThroughput": 750_000 // 8}  # fmt: skip
SLOWER = 4
SETTLE_MS = 1500
NAMES = ("chromium", "chromium-browser", "google-chrome")

OBSERVE = """
window.shifted = 0;
new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
}).observe({type: "layout-shift", buffered: true});
"""
READ = """() => [performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1,
    window.shifted, performance.getEntriesByType("resource").length + 1]"""


def visit(browser: Any, address: str) -> tuple[float, float, int]:
    """First contentful paint in milliseconds, layout shift, and requests, of a first visit."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_init_script(OBSERVE)
    page = context.new_page()
    chromium = context.new_cdp_session(page)
    chromium.send("Network.enable")
    chromium.send("Network.emulateNetworkConditions", NETWORK)
    chromium.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    page.wait_for_timeout(SETTLE_MS)
    paint, shift, requests = page.evaluate(READ)
    context.close()
    return paint, shift, requests


def measure(port: int, site: dict[str, Any], times: int) -> bool:
    """Print a line for each page; whether all are within their budgets."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    path = next(filter(None, map(shutil.which, NAMES)), None)
    pages = {"home": "/", "board": f"/leaderboards/{site['first']}/", "judging": "/judge/"}
    fine = True
    print(f"{'page':<12} {'first paint ms':>16} {'layout shift':>14} {'requests':>10}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, way in pages.items():
            address = f"http://localhost:{port}{way}"
            found = [visit(browser, address) for _ in range(times + 1)][1:]
            paint, shift = statistics.median(p for p, _, _ in found), max(s for _, s, _ in found)
            within = 0 <= paint <= PAINT_MS and shift <= SHIFT
            fine &= within
            print(f"{name:<12} {paint:16.0f} {shift:14.4f} {found[-1][2]:10}"
                  f"{'' if within else '  ABOVE BUDGET'}")  # fmt: skip
        browser.close()
    print(f"budget: first contentful paint {PAINT_MS:.0f} ms, layout shift {SHIFT}")
    return fine


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=3, help="visits a page, after one")
    chosen = parser.parse_args()
    with scratch_database(durable=False):
        site = fill_site(chosen.outputs)
        server, port = serve(1)
        try:
            fine = measure(port, site, chosen.times)
        finally:
            server.terminate()
            server.wait()
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
