"""Whether a judge said something after a form was made, which the form would overwrite unseen."""

from collections.abc import Mapping

from django.db.models import Q

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Answer, Judge, Judgment
from evaluations.judgments.querysets import JudgmentQuerySet
from evaluations.runs.models import Output


def judgments_about(judge: Judge | None, output: Output) -> JudgmentQuerySet:
    """What a judge saved about an output or its prompt, the newest first."""
    about = Q(output=output) | Q(prompt_id=output.prompt_id)
    return Judgment.objects.filter(about, judge=judge).order_by("-id")


def latest_judgment_id(judge: Judge | None, output: Output) -> int:
    """The newest judgment of a judge on an output or its prompt; 0 when there is none."""
    if judge is None:
        return 0
    return judgments_about(judge, output).values_list("id", flat=True).first() or 0


def is_stale(
    judge: Judge, output: Output, about_prompt: Mapping[CriterionVersion, str], seen: int
) -> bool:
    """Whether this judge said something after *seen* that a form would overwrite unseen.

    What they said about the prompt with another output meanwhile is in nobody's way, unless this
    form answers the same question otherwise.
    """
    if Judgment.objects.filter(judge=judge, output=output, pk__gt=seen).exists():
        return True
    newer = Answer.objects.current().filter(
        judge=judge, prompt=output.prompt_id, judgment__gt=seen
    ).to(about_prompt)  # fmt: skip
    given: dict[tuple[int | None, int], str] = {
        (version.criterion_id, version.meaning): value for version, value in about_prompt.items()
    }
    return any(given[answer.criterion_id, answer.meaning] != answer.value for answer in newer)
