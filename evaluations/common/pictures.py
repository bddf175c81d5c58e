"""SVG and PNG as answers. A PNG is kept by what it shows, drawn one at a time and so many an hour.

Drawing one takes from a tenth of a second to a second, which nobody may make others wait for.
"""

import hashlib
import re
import subprocess
import sys
import threading
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from evaluations.common.chart_files import WIDTH
from evaluations.common.throttle import HOUR, address_of_the_day, take

FONT = Path(settings.BASE_DIR) / "static" / "fonts" / "DejaVuSans.ttf"
"""The font of pictures, as those of the machine that draws them differ."""

DRAWN_AN_HOUR = 60
"""Pictures that are drawn anew for one address; those that are kept cost nothing."""

PATIENCE = 30
"""Seconds that a picture waits for its turn, and that its drawing may take."""

KEPT_IN = "pictures"
"""The cache of this process, in the settings."""

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that models write and no XML file may hold."""

_one_at_a_time = threading.Lock()


def svg_response(svg: str, name: str) -> HttpResponse:
    """An SVG file called *name*."""
    return as_file(
        HttpResponse(NOT_XML.sub("", svg), content_type="image/svg+xml; charset=utf-8"), name
    )


def png_response(
    request: HttpRequest, svg: str, name: str, *, width: int = WIDTH * 3 // 2
) -> HttpResponse:
    """The picture of an SVG file, *width* pixels wide, called *name*.

    Answers 429 where an address asked for too many that were not kept, 503 where too many wait.
    """
    svg = NOT_XML.sub("", svg)
    key = hashlib.sha256(f"{width} {svg}".encode()).hexdigest()
    drawn: bytes | None = caches[KEPT_IN].get(key)
    if drawn is None:
        bucket = f"pictures:{address_of_the_day(request)}"
        if not take(bucket, capacity=DRAWN_AN_HOUR, refill_seconds=HOUR):
            return later(f"At most {DRAWN_AN_HOUR} pictures an hour are drawn.", 429)
        drawn = png_of(svg, width=width)
        if drawn is None:
            return later("Too many pictures are being drawn just now.", 503)
        caches[KEPT_IN].set(key, drawn)
    return as_file(HttpResponse(drawn, content_type="image/png"), name)


def png_of(svg: str, *, width: int) -> bytes | None:
    """The picture of an SVG file, drawn with the bundled font alone; None where it takes too long.

    It is drawn by another process, since here it would stop every other request.
    """
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        return None
    try:
        done = subprocess.run(  # noqa: S603 - no argument is a visitor's
            [sys.executable, "-m", "evaluations.common.draw_png", str(width), str(FONT)],
            input=svg.encode(),
            capture_output=True,
            check=True,
            cwd=settings.BASE_DIR,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None
    finally:
        _one_at_a_time.release()
    return done.stdout


def later(why: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{why} Please try again later.\n", "text/plain", status)
    response["Retry-After"] = "60"
    return response


def as_file(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'inline; filename="{name}"'
    # Other sites may show it beside a link.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
