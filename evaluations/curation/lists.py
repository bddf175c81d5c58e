"""The outputs behind a list page, found again from its address: so its filters are on record."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from evaluations.leaderboards.boards.forms import Unreadable
from evaluations.leaderboards.boards.output_views import narrowed
from evaluations.leaderboards.boards.questions import choice
from evaluations.leaderboards.comparisons.disagreement import LISTS
from evaluations.leaderboards.comparisons.disagreement_views import disagreement_from
from evaluations.leaderboards.comparisons.views import comparison_from
from evaluations.leaderboards.listing.forms import filters_from
from evaluations.leaderboards.listing.outputs import listed

OTHER: Final = "This is no list of outputs on this site."


class NoList(Exception):
    """The address is of no list of outputs here; the message says so."""


def of_listing(request: HttpRequest, **_: Any) -> list[int]:
    return list(listed(filters_from(request)[0]))


def of_board(request: HttpRequest, slug: str) -> list[int]:
    return narrowed(request, slug).outputs


def of_disagreements(request: HttpRequest, **_: Any) -> list[int]:
    found = disagreement_from(request)
    places = found.listed(choice(request.GET, "list", LISTS))
    keys: list[int] = found.matrix.output[places].tolist()
    return keys


def of_comparison(request: HttpRequest, **_: Any) -> list[int]:
    parting = comparison_from(request).parting
    if parting is None:
        raise NoList("Choose two definitions first.")
    places = parting.listed[parting.most_divisive_first()]
    keys: list[int] = parting.matrix.output[places].tolist()
    return keys


BEHIND: Final[Mapping[str, Callable[..., list[int]]]] = {
    "outputs": of_listing,
    "leaderboard-outputs": of_board,
    "disagreements": of_disagreements,
    "compare": of_comparison,
}
"""The name of a list page to what finds its outputs, all of them, in its order."""


def outputs_behind(request: HttpRequest, address: str) -> list[int]:
    """Every output of the list at an address of this site, as the visitor would see it now.

    Raises:
        NoList: for any other address, and for one that asks what cannot be answered.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise NoList(OTHER) from error
    # A NUL would stand in where the items came from, which no table takes.
    if parts.netloc or "\0" in address:
        raise NoList(OTHER)
    try:
        match = resolve(parts.path)
        find = BEHIND[match.url_name or ""]
        asked = HttpRequest()
        asked.method, asked.path, asked.META = "GET", parts.path, request.META
        asked.user, asked.session = request.user, request.session
        asked.GET = QueryDict(parts.query)
        return find(asked, **match.kwargs)
    except (Resolver404, KeyError, Http404, Unreadable) as error:
        raise NoList(OTHER) from error
