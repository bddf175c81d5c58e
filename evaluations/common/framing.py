"""Pages that may stand in a frame on any site."""

from collections.abc import Callable
from typing import Any, Final

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

FRAMED: Final = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": ["*"],
}


def framed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that any site may frame: no script runs in it, and it sends nothing."""
    answered: Callable[..., Any] = csp_replace(FRAMED)(view)
    return require_safe(xframe_options_exempt(answered))
