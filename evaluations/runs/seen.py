"""Noting who was shown outputs to a prompt that people may answer by hand."""

from collections.abc import Iterable
from typing import Any

from evaluations.prompts.models import Prompt
from evaluations.runs.models import SeenAnswered


def note_seen(user: Any, prompts: Iterable[Prompt]) -> None:
    """Remember that *user* was shown outputs to these, where they could be given them to answer.

    Nothing is noted of visitors, and of prompts of sets that are not open to people: those make no
    query but for their set, which may be joined.
    """
    if not user.is_authenticated:
        return
    opened = {prompt.pk for prompt in prompts if prompt.prompt_set.for_people}
    if opened:
        rows = [SeenAnswered(user=user, prompt_id=key) for key in sorted(opened)]
        SeenAnswered.objects.bulk_create(rows, ignore_conflicts=True)
