"""What pairwise ratings are read from, and the comparisons behind a number of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.judgments.querysets import GUARDED_VERSIONS, is_apart, is_guarded_pair
from evaluations.leaderboards.aspects.pairwise import LEFT, NEITHER, OUTCOMES, RIGHT, TIE, Compared
from evaluations.leaderboards.matrix.answers import GUEST_NOT_COUNTED, Answers, Integers
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.fill import KIND, columns_of, way_of
from evaluations.leaderboards.matrix.narrowed import Beyond, keys_in

COMPARISONS = """
FROM judgments_comparison c JOIN judgments_judge j ON j.id = c.judge_id
    LEFT JOIN judgments_item i ON i.id = c.item_id
    LEFT JOIN judgments_protocolversion w ON w.id = i.version_id
WHERE c.is_current AND c.withdrawn_at IS NULL AND j.kind <> 'imported' AND {within}
    AND c.definition_version_id {which}
"""
COLUMNS = (
    "c.id",
    "c.judge_id",
    f"CASE WHEN j.kind = 'guest' AND c.guest_check <> 'counted' THEN {GUEST_NOT_COUNTED}"
    f" ELSE {KIND} END",
    "c.blind::int",
    f"({is_apart('i', 'w', 'c')})::int",
    way_of("c"),
    "coalesce(w.protocol_id, 0)",
    "(c.created_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01'",
    "c.left_id",
    "c.right_id",
    f"CASE c.value WHEN 'left' THEN {LEFT} WHEN 'right' THEN {RIGHT} WHEN 'tie' THEN {TIE}"
    f" ELSE {NEITHER} END",
)
MIRRORED = np.array([RIGHT, LEFT, TIE, NEITHER], np.int8)


def within_reach(beyond: Beyond | None) -> str:
    """SQL condition of the comparisons that a board may rest on; of others' outputs the matrix
    that goes with it has none."""
    if beyond is None:
        return f"NOT {is_guarded_pair('c', 'i.version_id')}"
    return f"""(i.version_id IS NULL OR w.protocol_id = {keys_in(beyond.protocols)}
        OR i.version_id NOT IN ({GUARDED_VERSIONS}))"""


def comparisons_for(version: int | None, beyond: Beyond | None = None) -> tuple[Answers, Integers]:
    """As `read_comparisons`, kept until anything changes that they or the boards rest on."""
    kept = current_matrix().comparisons
    return kept.once((version, beyond), lambda: read_comparisons(version, beyond))


def read_comparisons(version: int | None, beyond: Beyond | None = None) -> tuple[Answers, Integers]:
    """Current comparisons under a definition version, or of the plain question. One query.

    Returns the comparisons as answers about their left outputs, and the keys of the right ones.
    """
    which = "IS NULL" if version is None else f"= {int(version)}"
    found = columns_of(COLUMNS, COMPARISONS.format(which=which, within=within_reach(beyond)))
    row, judge, kind, blind, apart, way, protocol, day, left, right, value = found
    answers = Answers(
        subject=left,
        judge=judge,
        kind=kind.astype(np.int8),
        blind=blind.astype(np.bool_),
        apart=apart.astype(np.bool_),
        way=way.astype(np.int8),
        value=value.astype(np.int8),
        row=row,
        protocol=protocol,
        day=day,
    )
    return answers, right


@dataclass(frozen=True)
class Side:
    """A comparison as one row sees it: keys of its output, of the other row's, and the outcome."""

    output: int
    against: int
    opponent: int
    prompt: int
    outcome: str


def behind(compared: Compared, row: int, outcome: str) -> npt.NDArray[np.intp]:
    """Numbers of a row's comparisons with an outcome, or of all where it is empty.

    Twice the comparison's number, and one more where the row stood on the right.
    """
    found = []
    for side, rows in enumerate((compared.one, compared.other)):
        here = rows == row
        if outcome:
            value = MIRRORED[compared.value] if side else compared.value
            here = here & (value == OUTCOMES.index(outcome))
        found.append(2 * np.flatnonzero(here) + side)
    return np.sort(np.concatenate(found))


def sides(compared: Compared, matrix: Matrix, numbers: npt.NDArray[np.intp]) -> list[Side]:
    """The comparisons with these numbers of `behind`."""
    found = []
    for number in numbers.tolist():
        place, turned = number // 2, number % 2
        left, right = int(compared.left[place]), int(compared.right[place])
        value = int(compared.value[place])
        found.append(
            Side(
                output=int(matrix.output[right if turned else left]),
                against=int(matrix.output[left if turned else right]),
                opponent=int((compared.one if turned else compared.other)[place]),
                prompt=int(matrix.prompt[left]),
                outcome=OUTCOMES[int(MIRRORED[value]) if turned else value],
            )
        )
    return found
