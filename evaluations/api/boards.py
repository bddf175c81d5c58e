"""Boards, live and frozen, with the parameters and by the code of their pages."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from evaluations.api.records import Cursor, Number, Share, asked, page, page_of, record, several
from evaluations.leaderboards.boards.forms import QuestionForm
from evaluations.leaderboards.boards.records import BOARD_COLUMNS
from evaluations.leaderboards.boards.sharpened import COLUMNS as SHARPENED
from evaluations.leaderboards.boards.views import board_file
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.names import SnapshotName
from evaluations.leaderboards.snapshots.views import (
    COUNTED,
    LIST_COLUMNS,
    frozen,
    list_record,
    snapshot_file,
)

router = Router(tags=["Boards"])

PLACE = "a board’s page"
BoardQuery: Any = asked("BoardQuery", Schema, QuestionForm.base_fields, PLACE)
ShownQuery: Any = asked("ShownQuery", BoardQuery, ("by", "version"), PLACE)

numbers = ("outputs", "n", "met", "reasoning", "partly", "not_reasoning", "undetermined",
           "judgments")  # fmt: skip
maybe = ("graded", "rank", "rank_high", "alpha_items", "alpha_values", "right")
shares = ("share", "low", "high", "bound_low", "bound_high", "coverage", "grade", "mean_tokens",
          "undetermined_share", "partly_share", "alpha", "raw_agreement")  # fmt: skip
ROW = {
    "definition_version": int, **dict.fromkeys(numbers, int), **dict.fromkeys(maybe, Number),
    **dict.fromkeys(shares, Share), **dict.fromkeys(SHARPENED, Any),
}  # fmt: skip
BoardRow = record("BoardRow", BOARD_COLUMNS, **ROW)
Board = record(
    "Board", ("question", "as_of", "graded_by", "by"), definition=dict[str, Any],
    judgments_of_unknown_way=int, rows=several(BoardRow),
)  # fmt: skip
of_list = {"definition_version": int, "hash": str, **dict.fromkeys(COUNTED, int)}
SnapshotRow = record("SnapshotRow", LIST_COLUMNS, **of_list)
FrozenBoard = record(
    "FrozenBoard", ("url", "title", "method", "frozen_at", "withdrawn_at", "withdrawn_reason",
    "citation", "bibtex"), hash=str, **dict.fromkeys(COUNTED, int), definition=dict[str, Any],
    rule=Any, question=dict[str, Any], graded_by=Any, runs=list[dict[str, Any]],
    rows=list[dict[str, Any]],
)  # fmt: skip


@router.get("/boards/{slug}", response=Board, summary="A definition’s board")
def board(request: HttpRequest, slug: str, question: Query[ShownQuery]) -> Any:
    table = board_file(request, slug)
    found = dict(table.data(list(table.rows)))
    sharpened = dict.fromkeys(SHARPENED)
    return {**found, "rows": [{**sharpened, **row} for row in found["rows"]]}


@router.get("/snapshots", response=page_of(SnapshotRow), summary="Frozen boards")
def snapshots(
    request: HttpRequest, response: HttpResponse, cursor: Query[Cursor], definition: str = ""
) -> Any:
    rows = Snapshot.objects.listed()
    rows = rows.of_definition(definition) if definition else rows
    return page(request, response, rows, cursor, lambda row: list_record(request, row))


@router.get("/snapshots/{slug}/{name}", response=FrozenBoard,
            summary="A frozen board by its definition and name")  # fmt: skip
def snapshot(request: HttpRequest, slug: str, name: str) -> Any:
    try:
        named = SnapshotName().to_python(name)
    except ValueError:
        raise Http404(f"No board of “{slug}” was frozen as {name}.") from None
    table = snapshot_file(request, frozen(slug, named))
    return table.data(list(table.rows))
