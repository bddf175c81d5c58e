"""The site's own texts: about, method, terms, privacy. Markdown files, rendered once a process."""

import datetime as dt
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.markdown import Document, to_document

FOLDER = Path(__file__).parent / "texts"
CHANGED = re.compile(r"changed: (\d{4}-\d{2}-\d{2})\n+")
CONTENTS_FROM = 5  # headings; a shorter text is its own overview


@dataclass(frozen=True)
class Text:
    """A text with the day on which its meaning last changed."""

    document: Document
    changed: dt.date | None

    @property
    def is_long(self) -> bool:
        return len(self.document.headings) >= CONTENTS_FROM


@functools.cache
def load(name: str) -> Text:
    """The text of `texts/<name>.md`; its first line may say `changed: YYYY-MM-DD`."""
    source = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    day = CHANGED.match(source)
    return Text(
        document=to_document(source[day.end() :] if day else source),
        changed=dt.date.fromisoformat(day[1]) if day else None,
    )


@require_safe
def text(request: HttpRequest, name: str) -> HttpResponse:
    """One text as a page, with a table of contents when it is long."""
    return render(request, "pages/text.html", {"text": load(name)})
