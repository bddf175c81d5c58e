"""The front page: the question; worked cases until a board has data, then the matrix."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluations.accounts.models import User
from evaluations.activity.models import Event
from evaluations.common.fragments import page_or_fragment
from evaluations.common.parameters import named
from evaluations.curation.folds import with_folding
from evaluations.curation.models import Collection
from evaluations.leaderboards.boards.pages import as_of, yours
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.comparisons.disagreement import Disagreement
from evaluations.leaderboards.definition_pages.card_views import home_card
from evaluations.leaderboards.definition_pages.case_views import open_case
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.leaderboards.overview.between import least_alike, on_top, still_needed
from evaluations.leaderboards.overview.cells import table_context
from evaluations.leaderboards.overview.overview import (
    FIRST_ROWS,
    by_mean_share,
    in_order,
    overview,
)
from evaluations.leaderboards.overview.views import sorts_of
from evaluations.pages.ways_in import way_of, ways
from evaluations.runs.models import Output, OutputState

SHOWN_A_SIDE = 4
SHOWN_EVENTS = 5
WEEK = dt.timedelta(days=7)
MOST_COLUMNS = 8
"""Models with recipes that the front page draws, those with the highest mean shares."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page. All curated definitions but forks on request, five at first."""
    held, question = current_matrix(), Question()
    versions = [version for version in curated_versions() if version.forked_from_id is None]
    found = by_mean_share(overview(held, also_judge=yours(request), versions=versions))
    sort = named(request.GET, "sort")
    show_all = request.GET.get("all") == "1"
    # First come the definitions with something to show, then the order of the catalogue.
    first = sorted(found.judged, key=lambda row: not row.asked)
    listed = in_order(found if show_all else replace(found, judged=first[:FIRST_ROWS]), sort)
    drawn = table_context(listed, most=MOST_COLUMNS)
    split = Disagreement(versions, held, question)
    has_yours = any(row.adds for row in listed.judged)
    with_data = found.has_verdicts or has_yours
    context: dict[str, Any] = {
        **drawn,
        "show_all": show_all,
        "definitions": len(found.rows),
        "has_verdicts": found.has_verdicts,
        "written": int(held.written.sum()),
        "waiting": Output.objects.listed()
        .filter(state__in=[OutputState.PENDING, OutputState.LEASED])
        .count(),
        "contested": contested(split),
        "leads": [(row.version.definition, row.leading) for row in listed.judged],
        "judged": int((split.asked & ~held.by_people).sum()),
        "finding_address": request.build_absolute_uri("/#finding"),
        "featured": with_folding(Collection.objects.featured()[:3], request.user),
        "this_week": this_week(request.user),
        "on_top": on_top(found, held, question),
        "still_needed": still_needed(found, held, question),
        "likeness": least_alike(found, held, question),
        "has_yours": has_yours,
        "with_data": with_data,
        "ways": ways().values(),
        "way": way_of(request.user),
        "as_of": as_of(),
        "address": request.build_absolute_uri("/"),
        "card": request.build_absolute_uri(reverse("home-card")),
        "sort": sort,
        "sorts": sorts_of(drawn["columns"], request.GET),
    }
    if not with_data:
        context |= open_case(request.GET.get("case"))
    return page_or_fragment(
        request, "pages/home.html", context, fragment=None if with_data else "open-case"
    )


def this_week(reader: User | AnonymousUser) -> list[Event]:
    """The newest of what happened on the site within seven days, but by whom the reader hides."""
    events = Event.objects.on_the_front().filter(at__gte=timezone.now() - WEEK)
    if reader.is_authenticated:
        events = events.not_hidden_from(reader)
    # In the order of keys PostgreSQL walks through all that happened, for the few of these kinds.
    return list(events.order_by("-at", "-pk")[:SHOWN_EVENTS])


@require_safe
def card(request: HttpRequest) -> HttpResponse:
    """What other sites show beside a link to the front page."""
    return home_card(request, open_case(None)["case"].case.key)


def contested(split: Disagreement) -> dict[str, Any] | None:
    """The output with most definitions on its smaller side, with four of each side."""
    place = split.contested
    if place is None:
        return None
    line = [each for each in split.line(place) if each[0] in split.counted]
    return {
        "output": Output.objects.for_reading().get(pk=int(split.matrix.output[place])),
        "verdicts": [
            {
                "verdict": verdict,
                "label": version.definition.name,
                "href": version.definition.get_absolute_url(),
            }
            for side in ("reasoning", "not-reasoning")
            for version, verdict in [each for each in line if each[1] == side][:SHOWN_A_SIDE]
        ],
        "for": int(split.reasoning[place]),
        "partly": sum(verdict == "partly" for _, verdict in line),
        "against": int(split.not_reasoning[place]),
        "firm": split.firm[:, place].tolist(),
        "words": bool(split.kinds["words"][place]),
    }
