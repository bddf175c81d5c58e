"""The answers that a board rests on."""

from django.http import HttpRequest

from evaluations.common.tables import Table
from evaluations.definitions.models import as_dict
from evaluations.leaderboards.boards.forms import question_from
from evaluations.leaderboards.boards.pages import about, readable, version_asked
from evaluations.leaderboards.boards.standings import matrix_for
from evaluations.leaderboards.snapshots.answers import COLUMNS as ANSWER_COLUMNS
from evaluations.leaderboards.snapshots.answers import answer_rows


@readable
def answers_table(request: HttpRequest, slug: str) -> Table:
    """Every answer that a leaderboard rests on, under the question of the URL."""
    version, question = version_asked(request, slug), question_from(request.GET, request)
    return Table(
        f"answers-{slug}",
        ANSWER_COLUMNS,
        answer_rows(version, matrix_for(question), question),
        lambda rows: {"definition": as_dict(version), **about(question), "answers": rows},
    )
