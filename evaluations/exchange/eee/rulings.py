"""What a frozen board says of each output, as long as its rows still say what they said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluations.definitions.models import DefinitionVersion
from evaluations.exchange.studies.study import gold_forms
from evaluations.judgments.models import Judgment
from evaluations.leaderboards.boards.rows import groups_of_board
from evaluations.leaderboards.boards.standings import (
    Question,
    Reading,
    Ruling,
    met_under,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.models import RowKind, Snapshot
from evaluations.leaderboards.snapshots.boards import (
    differences,
    kept_board,
    refusals_of,
    rows_by,
    ways_of,
)
from evaluations.leaderboards.snapshots.check import evidence_as_frozen, stored_rows
from evaluations.leaderboards.snapshots.hash import METHOD_VERSION
from evaluations.leaderboards.snapshots.matrix import (
    EVERY_ROW,
    board_from,
    matrix_from,
    model_judges,
)
from evaluations.leaderboards.snapshots.rows import Evidence
from evaluations.rules import Codes

Row = tuple[int, int | None]
"""Model and recipe of a row; no recipe where all of a model are put together."""


@dataclass(frozen=True)
class Rulings:
    """A frozen board output by output.

    `columns` has the combined answers by criterion, `rows` the places of each row's outputs,
    `hidden` the outputs of which something was withdrawn, or is not public any more.
    """

    version: DefinitionVersion
    matrix: Matrix
    reading: Reading
    ruling: Ruling
    met: Flags
    columns: Mapping[str, Codes]
    rows: Mapping[Row, list[int]]
    hidden: frozenset[int]

    def asked(self, row: Row) -> list[int]:
        """The places of a row's outputs on which the whole rule was asked."""
        return [place for place in self.rows.get(row, []) if self.ruling.asked[place]]


def rulings_of(snapshot: Snapshot, version: DefinitionVersion) -> Rulings | None:
    """The rulings that give a snapshot's numbers; None where its rows do not give them any more.

    Makes about a dozen queries.

    Args:
        version: the snapshot's, with its definition and its pins.
    """
    kept = stored_rows(snapshot)
    evidence, _, _ = evidence_as_frozen(kept)
    whole = len(evidence.answers) == len(kept[RowKind.ANSWER])
    whole &= len(evidence.findings) == len(kept[RowKind.FINDING])
    whole &= len(evidence.outputs) == len(kept[RowKind.WRITTEN]) + len(kept[RowKind.FAILED])
    if not whole or snapshot.method_version != METHOD_VERSION:
        return None
    board, ways = kept_board(snapshot), ways_of(snapshot.question)
    process = frozenset(snapshot.rule["process"])
    by = rows_by(snapshot.question)
    if differences(board, board_from(evidence, version, process, ways, by, refusals_of(board))):
        return None
    made = matrix_from(evidence, model_judges(evidence) if ways.sharpened else frozenset())
    made.process = process
    how = Question(selection=EVERY_ROW, combine=ways.combine, road=ways.road)
    reading, ruling = reading_of(version), rule_on_outputs(version, made, how)
    groups = groups_of_board(made, how, by)
    rows: dict[Row, list[int]] = {}
    for place, number in zip(groups.places.tolist(), groups.number.tolist(), strict=True):
        row = groups.model[number], groups.recipe[number] or None
        rows.setdefault(row, []).append(place)
    return Rulings(
        version=version,
        matrix=made,
        reading=reading,
        ruling=ruling,
        met=met_under(version, ruling.verdicts),
        columns={}
        if how.road == "direct"
        else {key: made.column(column, EVERY_ROW).codes for key, column in reading.columns.items()},
        rows=rows,
        hidden=hidden_among(evidence),
    )


def hidden_among(evidence: Evidence) -> frozenset[int]:
    """Outputs about which, or about whose prompts, something was withdrawn since, is not for
    everybody any more or answers a gold item in use: what was said of them is not passed on."""
    given: dict[int, list[Any]] = {}
    for row in evidence.answers:
        given.setdefault(row.judgment_id, []).append(row)
    told = set(
        Judgment.objects.filter(pk__in=given)
        .standing()
        .for_everybody()
        .exclude(form_token__in=gold_forms())
        .values_list("pk", flat=True)
    )
    gone = [row for key, rows in given.items() if key not in told for row in rows]
    outputs = {row.output_id for row in gone} - {None}
    prompts = {row.prompt_id for row in gone} - {None}
    return frozenset(
        row.id for row in evidence.outputs if row.id in outputs or row.prompt_id in prompts
    )
