"""Whether a judge saw what others answered, so that what they answer now is not blind."""

from typing import Any

from evaluations.judgments.models import Judge, Reveal


def has_seen(judge: Judge | None, **outputs: Any) -> bool:
    """Whether others' answers on any of these outputs were shown to the judge. One query.

    Args:
        outputs: conditions on the output of a `Reveal`. Answers about a prompt are shown with
            every output of it, so any of these reveals them.
    """
    return judge is not None and Reveal.objects.filter(judge=judge, **outputs).exists()
