"""What is written so far of a few outputs, told by their worker about once a second.

One statement a worker and second, about at most `TOLD` outputs and the last `MOST` characters of
each, in a table of its own: the table of outputs is written when they end. What is told of a
worker that died goes when the output is taken again, or is left out since it is not leased.
"""

import time
from collections.abc import Mapping

from django.db import connection
from django.db.models import F, QuerySet

from evaluations.inference.engine import Engine
from evaluations.runs.models import FirstWords, OutputState, Run
from evaluations.runs.queue import Claim

EVERY_SECONDS = 1.0
TOLD = 4
MOST = 1_500
TELL = """
WITH told AS (
    INSERT INTO runs_firstwords (output_id, owner, attempt, text, written_at)
    SELECT said.id, %(owner)s, said.attempt, said.text, clock_timestamp()
    FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(texts)s::text[])
        AS said(id, attempt, text)
    ON CONFLICT (output_id) DO UPDATE SET owner = excluded.owner, attempt = excluded.attempt,
        text = excluded.text, written_at = excluded.written_at
)
DELETE FROM runs_firstwords WHERE output_id <> ALL(%(ids)s)
    AND (owner = %(owner)s OR written_at < clock_timestamp() - interval '10 minutes')
"""


class Teller:
    """Tells the first words of one worker's outputs."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.told_at = 0.0
        self.has_told = False

    def tell(self, engine: Engine | None, claims: Mapping[int, Claim]) -> None:
        """Store what is written of the longest held claims, unless that was done just now."""
        now = time.monotonic()
        if now - self.told_at < EVERY_SECONDS or not (claims or self.has_told):
            return
        self.told_at = now
        held = list(claims.values())[:TOLD] if engine is not None else []
        written = [(claim, engine.partial(str(claim.id))) for claim in held if engine is not None]
        said = [(claim, text[-MOST:].replace("\x00", "�")) for claim, text in written if text]
        if not (said or self.has_told):
            return
        with connection.cursor() as cursor:
            cursor.execute(
                TELL,
                {
                    "owner": self.owner,
                    "ids": [claim.id for claim, _ in said],
                    "attempts": [claim.attempt for claim, _ in said],
                    "texts": [text for _, text in said],
                },
            )
        self.has_told = bool(said)


def first_words_of(run: Run) -> QuerySet[FirstWords]:
    """What is being written of a run, for whoever may steer it; joins output and prompt.

    Nobody else reads it: it is no record, and may become no output at all.
    """
    return (
        FirstWords.objects.filter(
            output__run=run, output__state=OutputState.LEASED, attempt=F("output__attempt")
        )
        .select_related("output__prompt")
        .order_by("output_id")
    )
