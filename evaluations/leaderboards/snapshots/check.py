"""The check of a snapshot: its hash, the rows it rests on, and the board made from them again."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.models import RowKind, Snapshot
from evaluations.leaderboards.snapshots.boards import (
    asked_of,
    differences,
    frozen_reading,
    kept_board,
    refusals_of,
    rows_by,
    ways_of,
)
from evaluations.leaderboards.snapshots.hash import METHOD_VERSION, hash_of, unpack
from evaluations.leaderboards.snapshots.matrix import board_from, people_behind
from evaluations.leaderboards.snapshots.rows import (
    AnswerRow,
    Evidence,
    FindingRow,
    OutputRow,
    answers_named,
    findings_named,
    outputs_as_frozen,
    outputs_named,
    runs_of,
)


@dataclass(frozen=True)
class RowsKept:
    """What became of the rows of one kind.

    `found` were not erased. Of those, `withdrawn` count no longer, `superseded` were replaced by
    later ones (an output: written, or graded anew, since), and `changed` do not say what they said.
    """

    used: int = 0
    found: int = 0
    withdrawn: int = 0
    superseded: int = 0
    changed: tuple[int, ...] = ()

    @property
    def erased(self) -> int:
        """Rows that the database does not hold any more."""
        return self.used - self.found


@dataclass(frozen=True)
class Checked:
    """The outcome of a check.

    `hash_holds` says whether the record of the snapshot gives its hash; `again` is the hash made
    from the rows as they are now, empty where some were erased. `differences` compares the board
    made from the rows with the frozen one; None where it could not be made, with the reason in
    `partial`. `record` is what the snapshot says of itself that its rows do not bear out.
    """

    snapshot: Snapshot
    hash_holds: bool
    again: str
    rows: Mapping[RowKind, RowsKept] = field(default_factory=dict)
    differences: Sequence[str] | None = None
    partial: str = ""
    record: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Nothing was tampered with: what was withdrawn, replaced or erased is no tampering."""
        return (
            self.hash_holds
            and self.again in {"", self.snapshot.digest}
            and not any(kept.changed for kept in self.rows.values())
            and not self.differences
            and not self.record
        )


def check_snapshot(snapshot: Snapshot) -> Checked:
    """Compare a snapshot with the database; writes nothing. Makes about eight queries.

    Args:
        snapshot: with its version and definition.
    """
    kept = stored_rows(snapshot)
    asked = asked_of(
        snapshot.version_id,
        snapshot.rule,
        snapshot.question,
        snapshot.method_version,
        snapshot.rows,
    )
    found, written_since, graded_since = evidence_as_frozen(kept)
    now = found.digests()
    replaced: dict[RowKind, set[int]] = {
        RowKind.ANSWER: {row.id for row in found.answers if not row.is_current},
        RowKind.FINDING: {row.id for row in found.findings if not row.is_current},
        RowKind.WRITTEN: graded_since,
        RowKind.FAILED: written_since,
    }
    gone: dict[RowKind, set[int]] = {
        RowKind.ANSWER: withdrawn_of(found.answers),
        RowKind.FINDING: withdrawn_of(found.findings),
        RowKind.WRITTEN: withdrawn_of(found.outputs),
        RowKind.FAILED: withdrawn_of(found.outputs),
    }
    outputs = now[RowKind.WRITTEN] | now[RowKind.FAILED]
    rows = {
        kind: compared(
            kept[kind],
            outputs if kind in (RowKind.WRITTEN, RowKind.FAILED) else now[kind],
            gone[kind],
            replaced.get(kind, set()),
        )
        for kind in RowKind
    }
    erased = sum(part.erased for part in rows.values())
    partial = why_partial(snapshot, erased)
    return Checked(
        snapshot=snapshot,
        hash_holds=hash_of(asked, every(kept)) == snapshot.digest,
        again="" if erased else hash_of(asked, every(now)),
        rows=rows,
        differences=None if partial else board_again(snapshot, found),
        partial=partial,
        record=record_again(snapshot, kept, None if erased else found),
    )


def record_again(
    snapshot: Snapshot, kept: Mapping[RowKind, Mapping[int, bytes]], found: Evidence | None
) -> list[str]:
    """What the snapshot says of itself that its rows do not bear out.

    Args:
        found: the rows, None where some were erased: judgments, judges and runs are then unknown.
    """
    counted: dict[str, Any] = {
        "answers": len(kept[RowKind.ANSWER]),
        "findings": len(kept[RowKind.FINDING]),
        "outputs": len(kept[RowKind.WRITTEN]) + len(kept[RowKind.FAILED]),
    }
    if found is not None:
        counted |= {
            **people_behind(found, ways_of(snapshot.question)),
            "runs": runs_of(found),
        }
    said = [
        f"the record says {getattr(snapshot, name)} {name} and the rows are {count}"
        for name, count in counted.items()
        if getattr(snapshot, name) != count
    ]
    if abs(snapshot.created_at.date() - snapshot.day) > dt.timedelta(days=1):
        said.append(f"it is dated {snapshot.day} and was made on {snapshot.created_at.date()}")
    return said


def stored_rows(snapshot: Snapshot) -> dict[RowKind, dict[int, bytes]]:
    """Kind of row to row key to digest, as they were frozen."""
    stretches: dict[RowKind, list[bytes]] = {kind: [] for kind in RowKind}
    for part in snapshot.packed_rows.order_by("kind", "number"):
        stretches[RowKind(part.kind)].append(bytes(part.packed))
    return {kind: unpack(parts) for kind, parts in stretches.items()}


def evidence_as_frozen(
    kept: Mapping[RowKind, Mapping[int, bytes]],
) -> tuple[Evidence, set[int], set[int]]:
    """The rows with these keys as they are stored now, the outputs written and those graded since.

    Those stay failed in the evidence, or graded as they were.
    """
    failed, written = kept[RowKind.FAILED], kept[RowKind.WRITTEN]
    outputs = outputs_named([*written, *failed])
    as_frozen = outputs_as_frozen(outputs, written)
    evidence = Evidence(
        answers=answers_named(kept[RowKind.ANSWER]),
        findings=findings_named(kept[RowKind.FINDING]),
        outputs=[row.as_failed() if row.id in failed else row for row in as_frozen],
    )
    since = {row.id for row in outputs if row.id in failed and row.state == "done"}
    graded = {row.id for row, frozen in zip(outputs, as_frozen, strict=True) if row != frozen}
    return evidence, since, graded


def withdrawn_of(rows: Iterable[AnswerRow | FindingRow | OutputRow]) -> set[int]:
    return {row.id for row in rows if row.withdrawn_at is not None}


def compared(
    kept: Mapping[int, bytes], now: Mapping[int, bytes], withdrawn: set[int], replaced: set[int]
) -> RowsKept:
    """What became of the rows of one kind; a row that was withdrawn is not also superseded."""
    found = kept.keys() & now.keys()
    return RowsKept(
        used=len(kept),
        found=len(found),
        withdrawn=len(found & withdrawn),
        superseded=len(found & (replaced - withdrawn)),
        changed=tuple(sorted(key for key in found if kept[key] != now[key])),
    )


def every(digests: Mapping[RowKind, Mapping[int, bytes]]) -> Iterable[bytes]:
    return (digest for part in digests.values() for digest in part.values())


def why_partial(snapshot: Snapshot, erased: int) -> str:
    """Why the board cannot be made again from the same rows; empty when it can."""
    if erased:
        return (
            f"{erased} of the rows were erased, so the numbers cannot be made again from all of "
            "them; they are kept as they were frozen."
        )
    if snapshot.method_version != METHOD_VERSION:
        return (
            f"It was computed by method {snapshot.method_version} and this site computes by "
            f"method {METHOD_VERSION}: check the numbers with a release of that method."
        )
    return ""


def board_again(snapshot: Snapshot, found: Evidence) -> list[str]:
    """What the board made from these rows differs in from the frozen one."""
    version = (
        DefinitionVersion.objects.select_related("definition")
        .with_pins()
        .get(pk=snapshot.version_id)
    )
    process = snapshot.rule["process"]
    kept = kept_board(snapshot)
    board = board_from(
        found,
        version,
        process,
        ways_of(snapshot.question),
        rows_by(snapshot.question),
        refusals_of(kept),
    )
    rule = frozen_reading(version, process)
    return [
        *(["the definition does not read as it did"] if rule != snapshot.rule else []),
        *differences(kept, board),
    ]
