"""Whether a form that comes back is a second sending, or says something else by now."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.marks import MarkDraft
from evaluations.judgments.answers.steps import StepAnswers, says_the_same_of_steps
from evaluations.judgments.models import Answer, Judgment, Mark

if TYPE_CHECKING:
    from evaluations.judgments.answers.actions import Direct


def says_the_same(
    sent: Sequence[Judgment],
    answers: Mapping[CriterionVersion, str],
    direct: "Sequence[Direct]",
    holistic: str,
    marks: Sequence[MarkDraft],
    steps: StepAnswers | None,
    comment: str,
) -> bool:
    """Whether a form that came back says what is stored for it, and it was not undone.

    After a lost reply somebody may change an answer and send the form again: that is not to be
    taken for a double click.
    """
    if any(judgment.withdrawn_at for judgment in sent) or sent[0].comment != comment:
        return False
    stored = Answer.objects.filter(judgment__in=sent).values_list(
        "criterion_version_id", "definition_version_id", "value", "words", "reason"
    )
    sent_now: set[tuple[object, ...]] = {(v.pk, None, a, "", "") for v, a in answers.items()} | {
        (None, item.version.pk, item.value, item.words, item.reason) for item in direct
    }
    if holistic:
        sent_now.add((None, None, holistic, "", ""))
    places = Mark.objects.filter(judgment__in=sent).values_list(
        "part", "start", "end", "criterion__key"
    )
    if not says_the_same_of_steps(sent, steps):
        return False
    return set(stored) == sent_now and set(places) == {
        (mark.part, mark.start, mark.end, mark.criterion or None) for mark in marks
    }
