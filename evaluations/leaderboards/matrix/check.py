"""Whether the matrix in memory is what the database holds: both are counted."""

import threading
import time
from dataclasses import dataclass

import numpy as np
import structlog
from django.db import connection

from evaluations.judgments.querysets import is_guarded
from evaluations.leaderboards.matrix import current
from evaluations.leaderboards.matrix.answers import KINDS
from evaluations.leaderboards.matrix.blocks import ABSENT, Blocks
from evaluations.leaderboards.matrix.fill import FINDINGS, KIND, PUBLIC, outputs_that
from evaluations.leaderboards.matrix.stored import StoredMatrix

log = structlog.get_logger(__name__)

Sums = dict[str, tuple[int, int]]
"""What is counted, to how many rows and the sum of their keys."""

EVERY_SECONDS = 600.0
KIND_NAMES = {code: kind for kind, code in KINDS.items()}

ANSWERS = f"""
SELECT CASE WHEN a.definition_version_id IS NOT NULL THEN 'direct'
        WHEN a.output_id IS NOT NULL THEN 'output' ELSE 'prompt' END AS about,
    {KIND} AS kind, count(*), sum(a.id)
FROM judgments_answer a JOIN judgments_judgment m ON m.id = a.judgment_id
    JOIN judgments_judge j ON j.id = m.judge_id
WHERE a.is_current AND NOT a.is_holistic AND m.withdrawn_at IS NULL AND NOT {is_guarded("m")}
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Check:
    """What was counted on both sides, and when (seconds of the monotonic clock)."""

    database: Sums
    memory: Sums
    at: float

    @property
    def agrees(self) -> bool:
        return self.database == self.memory


def in_database() -> Sums:
    """Three queries, which read every answer: a second or two for a million judgments."""
    sums: Sums = {}
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS)
        for about, kind, count, total in cursor.fetchall():
            sums[f"answers of kind {KIND_NAMES[kind]}, {about}"] = (count, int(total))
        for name, key, source in (
            ("outputs", "o.id", outputs_that(PUBLIC)),
            ("findings", "f.id", FINDINGS),
        ):
            cursor.execute(f"SELECT count(*), coalesce(sum({key}), 0) {source}")
            count, total = cursor.fetchone()
            sums[name] = (count, int(total))
    return sums


def in_memory(held: StoredMatrix) -> Sums:
    """The same of a matrix."""
    sums = of_blocks(held.stored.blocks)
    for name, keys in (
        ("outputs", held.stored.outputs["output"]),
        ("findings", held.stored.findings["finding"]),
    ):
        sums[name] = (len(keys), int(keys.sum()))
    return sums


def of_blocks(blocks: Blocks) -> Sums:
    """Answers by what they are about and by kind of judge."""
    sums: Sums = {}
    for question in blocks.questions:
        for _, place, block, value in blocks.pieces(question):
            kinds = blocks.kind[block.judge]
            for kind in np.unique(kinds).tolist():
                rows = block.first[(value != ABSENT) & (kinds == kind)] + place
                if len(rows):
                    name = f"answers of kind {KIND_NAMES[kind]}, {question[0]}"
                    count, total = sums.get(name, (0, 0))
                    sums[name] = (count + len(rows), total + int(rows.sum()))
    return sums


def check() -> Check:
    """Count both sides at one moment; where they differ, the next request reads all anew."""
    with current.keeper.at_this_moment() as held:
        found = Check(in_database(), in_memory(held), time.monotonic())
    if not found.agrees:
        current.keeper.forget()
        log.error("The judgment matrix differed.", database=found.database, memory=found.memory)
    return found


class Watch:
    """Checks the matrix of this process again and again, apart from all requests."""

    def __init__(self) -> None:
        self.last: Check | None = None
        self.rebuilt = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to check every ten minutes; a web server calls this once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._go_on, name="matrix-check", daemon=True)
            self._thread.start()

    def _go_on(self) -> None:
        while True:
            time.sleep(EVERY_SECONDS)
            self.run()

    def run(self) -> None:
        """Check once, on a connection of the calling thread, which is closed."""
        try:
            self.last = check()
            self.rebuilt += not self.last.agrees
        except Exception:
            log.exception("The judgment matrix could not be checked.")
        finally:
            connection.close()


watch = Watch()
