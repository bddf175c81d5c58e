"""Whom a decision about a text by hand concerns, and who does not make it."""

from typing import Any

from django.db.models import Model

from evaluations.judgments.models import WrittenByHand
from evaluations.runs.models import Output


def own_text(about: Model, actor: Any) -> str:
    """Why somebody may not decide about an output: they wrote it; empty otherwise."""
    if isinstance(about, Output) and writer_key(about) == actor.pk:
        return "You wrote this output, so somebody else decides about it."
    return ""


def writer_key(output: Output) -> int | None:
    """The account of who wrote an output by hand; None for models, and for who has left."""
    own = WrittenByHand.objects.filter(output=output).values_list("judge__user", flat=True)
    return own.first()
