"""The answers that a board rests on."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from evaluations.common.tables import csv_response
from evaluations.leaderboards.boards.pages import readable, version_asked
from evaluations.leaderboards.boards.questions import question_from
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.snapshots.answers import COLUMNS as ANSWER_COLUMNS
from evaluations.leaderboards.snapshots.answers import answer_rows


@require_safe
@readable
def board_answers_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Every answer that a leaderboard rests on, under the question of the URL."""
    version = version_asked(request, slug)
    rows = answer_rows(version, current_matrix(), question_from(request.GET, request))
    return csv_response(rows, ANSWER_COLUMNS, f"answers-{slug}.csv")
