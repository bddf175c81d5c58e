"""What a web process keeps for as long as it lives is no garbage to look for."""

import gc
from typing import Final

from django.urls import get_resolver

YOUNG: Final = 10_000
"""Objects made and kept between two searches: more than most pages make, and few enough that none
is held up for long (50,000 took 24 ms of one page in twenty). At Python’s 700 what a page still
needs soon passes for old, and all that is old is searched every few pages."""


def settle() -> None:
    """Leave all that is loaded by now, and every view, out of later searches for garbage.

    A full search looks at each object there is. The hundreds of thousands that were loaded at the
    start never become garbage, and looking at them held up one page in eight for 0.2 s.
    """
    _ = get_resolver().url_patterns  # imports the views
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
