"""Visitors of a running site, who notice what goes wrong on its pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

TIMINGS: list[str] = []
"""Figures that are told at the end of a run."""

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    window.tellViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Visitors:
    """Opens contexts, and keeps what goes wrong on any document of any of their pages."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def __call__(self, **options: Any) -> BrowserContext:
        """A fresh visitor, 1280 by 900 pixels unless the options of `new_context` differ.

        Without motion: what has just appeared would fade in, and colours are measured at rest.
        """
        options = {
            "base_url": self._url,
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
            **options,
        }
        context = self._browser.new_context(**options)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        # The console also tells of documents that run no scripts.
        context.on("console", self._hear)
        context.expose_binding("tellViolation", self._note)
        context.add_init_script(TELL_VIOLATIONS)
        self._contexts.append(context)
        return context

    def _note(self, source: Any, violation: str) -> None:
        self.problems.append(f"{source['page'].url}: {violation}")

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:
                page.evaluate("0")  # what the page told before arrives before its answer
            context.close()


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visitors]:
    """Visitors of a site; at the end, a broken Content-Security-Policy or script is an error."""
    visitors = Visitors(browser, url)
    try:
        yield visitors
    finally:
        visitors.close()
    assert not visitors.problems, "\n".join(visitors.problems)
