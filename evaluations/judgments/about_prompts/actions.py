"""Writing judgments of prompts: answers to prompt criteria, given with the prompt alone."""

import uuid
from collections.abc import Mapping

from django.db import transaction

from evaluations.definitions.models import CriterionVersion, Level
from evaluations.judgments.answers.actions import (
    ON_ITS_OWN,
    JudgmentRefused,
    Served,
    Stale,
    settle,
    supersede_and_store,
    undo_judgment,
)
from evaluations.judgments.answers.blind import has_seen
from evaluations.judgments.answers.ways import way_of
from evaluations.judgments.models import Answer, Judge, Judgment, Value
from evaluations.prompts.models import Prompt


def latest_about_prompt(judge: Judge | None, prompt: Prompt) -> int:
    """The newest judgment of a judge on a prompt itself; 0 when there is none."""
    if judge is None:
        return 0
    mine = Judgment.objects.filter(judge=judge, prompt=prompt)
    return mine.order_by("-id").values_list("id", flat=True).first() or 0


@transaction.atomic
def submit_about_prompt(
    *,
    judge: Judge,
    prompt: Prompt,
    answers: Mapping[CriterionVersion, str],
    form_token: uuid.UUID,
    seen: int | None = None,
    comment: str = "",
    confidence: int | None = None,
    expected_agreement: int | None = None,
    seconds: float | None = None,
    served: Served = ON_ITS_OWN,
) -> Judgment:
    """Store one judge's answers about a prompt, superseding their earlier ones.

    They hold for every output to the prompt. A form sent twice is stored once.

    Args:
        answers: version of a prompt criterion to one of the four values.
        seen: the judge's newest judgment of the prompt when the form was made
            (`latest_about_prompt`).
        confidence, expected_agreement: percent.
        seconds: time spent, idle time taken out.
        served: the protocol's item, if it was served for one.

    Raises:
        JudgmentRefused: nothing answered, an unknown value, or a question about something else.
        Stale: the judge saved another judgment of this prompt after *seen*, or this form was
            stored with other answers or undone.
    """
    if not answers:
        raise JudgmentRefused("Answer at least one question before saving.")
    for version, value in answers.items():
        if value not in Value.values:
            raise JudgmentRefused(f"“{value}” is not one of the four answers.")
        if version.criterion.level != Level.PROMPT:
            raise JudgmentRefused(f"“{version.title}” is not asked about a prompt alone.")
    if not prompt.prompt_set.may_be_read_by(judge.user):
        raise JudgmentRefused("This prompt cannot be judged: it is not open to you any more.")
    if served.item is not None and served.item.prompt_id != prompt.pk:
        raise JudgmentRefused("This prompt is not the one that the protocol asks about.")

    # The judge's row is the lock that puts one person's tabs and double clicks in order.
    Judge.objects.select_for_update().get(pk=judge.pk)
    sent = Judgment.objects.filter(judge=judge, form_token=form_token, prompt=prompt).first()
    if sent is not None:
        stored = dict(sent.answers.values_list("criterion_version_id", "value"))
        now = {version.pk: value for version, value in answers.items()}
        if sent.withdrawn_at is not None or sent.comment != comment or stored != now:
            raise Stale
        return sent
    if seen is not None and latest_about_prompt(judge, prompt) > seen:
        raise Stale

    way = way_of(Judgment.objects.filter(judge=judge, prompt=prompt), served.way)
    finishes, is_surplus = settle(judge, served, way)
    judgment = Judgment.objects.create(
        judge=judge,
        prompt=prompt,
        form_token=form_token,
        # Answers about a prompt are shown with every output to it.
        blind=not has_seen(judge, output__prompt=prompt),
        guest_check=served.guest_check,
        item=served.item,
        page=served.page,
        position=served.position,
        finishes_item=finishes,
        is_surplus=is_surplus,
        way=way,
        comment=comment,
        confidence=confidence,
        expected_agreement=expected_agreement,
        seconds=seconds,
    )
    rows = [
        Answer(
            criterion=version.criterion,
            criterion_version=version,
            meaning=version.meaning,
            value=value,
        )
        for version, value in answers.items()
    ]
    supersede_and_store(judgment, rows)
    return judgment


@transaction.atomic
def undo_about_prompt(*, judge: Judge, form_token: uuid.UUID) -> Judgment | None:
    """Withdraw what one form stored about a prompt; earlier answers are in force again.

    Returns the withdrawn judgment with its prompt; None when there is nothing to undo.

    Raises:
        Stale: later answers rest on these already.
    """
    judgment = (
        Judgment.objects.standing()
        .filter(judge=judge, form_token=form_token, prompt__isnull=False)
        .select_related("prompt", "item__version__protocol")
        .first()
    )
    if judgment is not None:
        undo_judgment(judge=judge, form_token=form_token)
    return judgment
