"""Lists of outputs show how each begins; the rest of a long text stays in the database."""

from django.db.models import QuerySet
from django.db.models.functions import Left

from evaluations.runs.models import Output

OPENING = 400


def with_opening(outputs: QuerySet[Output]) -> QuerySet[Output]:
    """Outputs with their first `OPENING` code points as `opening`; their texts are not read."""
    return outputs.annotate(opening=Left("text", OPENING)).defer("text", "trace", "answer", "error")
