"""Making probes, in a worker; a web process only asks for them and loads no client."""

import structlog
from django.db import connection, transaction
from django.utils import timezone

from evaluations.inference.backends.openai_controls import CONTROLS
from evaluations.inference.backends.openai_probe import BOUNDS, MOST_CALLS, probe
from evaluations.inference.backends.openai_ways import WAYS
from evaluations.inference.engine import ModelPaused
from evaluations.runs.engines import asked_at
from evaluations.runs.models import Endpoint, Probe

log = structlog.get_logger(__name__)

MADE_AGAIN_SECONDS = MOST_CALLS * BOUNDS.total + 60
"""A probe whose worker died is made again after so long: longer than any takes."""
ENDED_EARLY = "The probe ended early, and what it could not tell stays as it was known."

NEXT_PROBE = """
UPDATE runs_probe SET started_at = clock_timestamp() WHERE id = (
    SELECT id FROM runs_probe WHERE finished_at IS NULL AND (started_at IS NULL
        OR started_at < clock_timestamp() - %s * interval '1 second')
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def make_next_probe() -> Probe | None:
    """Make the probe that waits longest and store what it found; None where none waits."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_PROBE, [MADE_AGAIN_SECONDS])
        row = cursor.fetchone()
    if row is None:
        return None
    asked = Probe.objects.select_related("endpoint").get(pk=row[0])
    try:
        calls, found, why = probe(asked_at(asked.endpoint, asked.model), asked.model)
    except ModelPaused as error:
        asked.error = str(error)
    except Exception as error:
        log.exception("A probe met an unexpected error.", probe=asked.pk)
        asked.error = f"{ENDED_EARLY} This site failed while probing: {type(error).__name__}."
    else:
        asked.calls, asked.found = [call.record() for call in calls], found
        asked.error = f"{ENDED_EARLY} {why}" if why else ""
    return _store(asked)


@transaction.atomic
def _store(made: Probe) -> Probe:
    """Store a probe; the model's record there becomes what it found, if it got any reply.

    Of the ways that a probe tells together, or not at all, what was known stays where it ended
    before them.
    """
    made.finished_at = timezone.now()
    made.save(update_fields=["calls", "found", "error", "finished_at"])
    if "token_field" in made.found:
        asked = {name: getattr(made.endpoint, name) for name in ("pk", "address", "dialect")}
        unchanged = Endpoint.objects.select_for_update().filter(**asked).first()
        if unchanged:
            before = unchanged.record_of(made.model)
            kept = (*WAYS, "logprobs", *CONTROLS) if made.error else ()
            known = {name: before[name] for name in kept if name in before}
            unchanged.capabilities[made.model] = known | made.found
            unchanged.save(update_fields=["capabilities"])
    return made
