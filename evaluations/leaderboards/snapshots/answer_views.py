"""The answers that a board rests on."""

from django.http import HttpRequest

from evaluations.common.tables import Table
from evaluations.definitions.models import as_dict
from evaluations.leaderboards.boards.pages import about, board_asked, by_from, readable
from evaluations.leaderboards.boards.standings import matrix_for
from evaluations.leaderboards.snapshots.answers import COLUMNS as ANSWER_COLUMNS
from evaluations.leaderboards.snapshots.answers import answer_rows


@readable
def answers_table(request: HttpRequest, slug: str) -> Table:
    """Every answer that a leaderboard rests on, under the question of the URL."""
    version, question, _ = board_asked(request, slug, sharpens=True, with_people=True)
    return Table(
        f"answers-{slug}",
        ANSWER_COLUMNS,
        answer_rows(version, matrix_for(question), question, by_from(request)),
        lambda rows: {"definition": as_dict(version), **about(question), "answers": rows},
    )
