"""Writing judgments: save, undo, skip, reveal, enter a finding. Nothing is ever overwritten."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.models import (
    AnsweredBy,
    CriterionVersion,
    DefinitionVersion,
    Level,
)
from evaluations.judgments.models import (
    Answer,
    Finding,
    Judge,
    Judgment,
    Reveal,
    Skip,
    Value,
)
from evaluations.runs.models import Output, Visibility


class JudgmentRefused(Exception):
    """The judgment cannot be stored; the message says why."""


class Stale(Exception):
    """Since the form was made, this judge saved or undid something about the same output."""


@dataclass(frozen=True, kw_only=True)
class Direct:
    """A direct classification of an output against a definition as it is worded."""

    version: DefinitionVersion
    value: str
    words: str = ""
    reason: str = ""


def latest_judgment_id(judge: Judge | None, output: Output) -> int:
    """The newest judgment of a judge on an output or its prompt; 0 when there is none."""
    if judge is None:
        return 0
    mine = Judgment.objects.filter(judge=judge).filter(
        Q(output=output) | Q(prompt_id=output.prompt_id)
    )
    return mine.order_by("-id").values_list("id", flat=True).first() or 0


@transaction.atomic
def submit_judgment(
    *,
    judge: Judge,
    output: Output,
    answers: Mapping[CriterionVersion, str] | None = None,
    direct: Sequence[Direct] = (),
    form_token: uuid.UUID,
    seen: int | None = None,
    comment: str = "",
    seconds: float | None = None,
) -> list[Judgment]:
    """Store one judge's answers about an output, superseding their earlier ones.

    Answers to prompt criteria become a judgment of the prompt, shared by its outputs; the
    others a judgment of the output. A form sent twice is stored once.

    Args:
        answers: criterion version to one of the four values.
        seen: the judge's newest judgment when the form was made (`latest_judgment_id`).
        seconds: time spent, idle time taken out.

    Returns:
        The judgments stored for this form, one or two.

    Raises:
        JudgmentRefused: nothing answered, an unknown value, or an output that is not judgeable.
        Stale: the judge saved another judgment of this subject after *seen*, or this form was
            stored with other answers or undone.
    """
    answers = answers or {}
    if not answers and not direct:
        raise JudgmentRefused("Answer at least one question before saving.")
    for value in [*answers.values(), *(item.value for item in direct)]:
        if value not in Value.values:
            raise JudgmentRefused(f"“{value}” is not one of the four answers.")
    for version in answers:
        if version.criterion.level not in {Level.OUTPUT, Level.PROMPT}:
            raise JudgmentRefused(f"“{version.title}” is not answered by judges.")
    if not Output.objects.finished().filter(pk=output.pk).exists():
        raise JudgmentRefused("This output cannot be judged: it is unfinished or withdrawn.")

    # The judge's row is the lock that puts one person's tabs and double clicks in order.
    Judge.objects.select_for_update().get(pk=judge.pk)
    sent = list(Judgment.objects.filter(judge=judge, form_token=form_token).order_by("id"))
    if sent:
        if not says_the_same(sent, answers, direct, comment):
            raise Stale
        return sent
    if seen is not None and latest_judgment_id(judge, output) > seen:
        raise Stale

    about_prompt = {v: a for v, a in answers.items() if v.criterion.level == Level.PROMPT}
    about_output = {v: a for v, a in answers.items() if v.criterion.level == Level.OUTPUT}
    # Answers about a prompt are shown with every output of it, so any of these reveals them.
    seen_here = Reveal.objects.filter(judge=judge, output=output).exists()
    seen_prompt = Reveal.objects.filter(judge=judge, output__prompt=output.prompt_id).exists()
    stored: list[Judgment] = []
    for subject, part, classified, blind in (
        ({"output": output}, about_output, direct, not seen_here),
        ({"prompt": output.prompt}, about_prompt, (), not seen_prompt),
    ):
        if not part and not classified:
            continue
        judgment = Judgment.objects.create(
            judge=judge,
            form_token=form_token,
            blind=blind,
            on_summary=output.trace_visibility == Visibility.SUMMARY and "output" in subject,
            comment=comment if not stored else "",
            seconds=seconds if not stored else None,
            **subject,
        )
        rows = [
            Answer(criterion=v.criterion, criterion_version=v, meaning=v.meaning, value=a)
            for v, a in part.items()
        ] + [
            Answer(
                definition_version=item.version,
                value=item.value,
                words=item.words,
                reason=item.reason,
            )
            for item in classified
        ]
        supersede_and_store(judgment, rows)
        stored.append(judgment)
    Skip.objects.filter(judge=judge, output=output).delete()
    return stored


def says_the_same(
    sent: Sequence[Judgment],
    answers: Mapping[CriterionVersion, str],
    direct: Sequence[Direct],
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
    return set(stored) == sent_now


def supersede_and_store(judgment: Judgment, rows: Sequence[Answer]) -> None:
    """Store *rows* as the judgment's answers; earlier ones to the same questions step back.

    A blind answer that is only repeated after others' were seen stays in force: the repetition
    is recorded, and takes nothing from it.
    """
    earlier = {
        (answer.criterion_id, answer.meaning, answer.definition_version_id): answer
        for answer in Answer.objects.filter(
            judge=judgment.judge,
            output=judgment.output,
            prompt=judgment.prompt,
            is_current=True,
        ).select_related("judgment")
    }
    replaced = []
    for row in rows:
        row.judgment = judgment
        row.judge = judgment.judge
        row.output = judgment.output
        row.prompt = judgment.prompt
        before = earlier.get((row.criterion_id, row.meaning, row.definition_version_id))
        if before is None:
            continue
        if before.value == row.value and before.judgment.blind and not judgment.blind:
            row.is_current = False
        else:
            row.supersedes = before
            replaced.append(before.pk)
    Answer.objects.filter(pk__in=replaced).update(is_current=False)
    Answer.objects.bulk_create(rows)


@transaction.atomic
def undo_judgment(*, judge: Judge, form_token: uuid.UUID) -> Output | None:
    """Withdraw what one form stored; the answers that it replaced are in force again.

    Returns the output that was judged, to be shown again; None when there is nothing to undo.

    Raises:
        Stale: later answers rest on these already, so undoing is no longer one step.
    """
    Judge.objects.select_for_update().get(pk=judge.pk)
    judgments = list(
        Judgment.objects.filter(
            judge=judge, form_token=form_token, withdrawn_at=None
        ).select_related("output")
    )
    if not judgments:
        return None
    answers = Answer.objects.filter(judgment__in=judgments)
    if Answer.objects.filter(supersedes__in=answers, judgment__withdrawn_at=None).exists():
        raise Stale
    replaced = list(
        answers.filter(supersedes__judgment__withdrawn_at=None).values_list(
            "supersedes_id", flat=True
        )
    )
    answers.update(is_current=False)
    Answer.objects.filter(pk__in=replaced).update(is_current=True)
    now = timezone.now()
    Judgment.objects.filter(pk__in=[judgment.pk for judgment in judgments]).update(withdrawn_at=now)
    return next((judgment.output for judgment in judgments if judgment.output), None)


def skip_output(*, judge: Judge, output: Output, reason: str = "") -> Skip:
    """Pass an output by; it is not served to this judge again."""
    skip, _ = Skip.objects.update_or_create(
        judge=judge, output=output, defaults={"reason": reason[:200]}
    )
    return skip


def reveal_answers(*, judge: Judge, output: Output) -> Reveal:
    """Record that a judge was shown others' answers: later judgments of it are not blind."""
    reveal, _ = Reveal.objects.get_or_create(judge=judge, output=output)
    return reveal


@transaction.atomic
def record_finding(*, finding: Finding, actor: User | None = None) -> Finding:
    """Store a finding from a probe or from linked evidence, superseding the earlier one.

    Raises:
        PermissionError: when *actor* is not staff.
        JudgmentRefused: when judges answer this criterion, or the subject is incomplete.
    """
    if actor is not None and not actor.is_staff:
        raise PermissionError("Only staff may enter findings.")
    if finding.criterion_version.criterion.answered_by == AnsweredBy.JUDGE:
        raise JudgmentRefused(f"“{finding.criterion_version.title}” is answered by judges.")
    earlier = (
        Finding.objects.select_for_update()
        .filter(
            criterion_version__criterion=finding.criterion_version.criterion,
            criterion_version__meaning=finding.criterion_version.meaning,
            output=finding.output,
            prompt=finding.prompt,
            model=finding.model,
            recipe=finding.recipe,
            family=finding.family,
            is_current=True,
        )
        .first()
    )
    if earlier:
        Finding.objects.filter(pk=earlier.pk).update(is_current=False)
    finding.pk = None
    finding.supersedes = earlier
    finding.created_by = actor
    finding.is_current = True
    try:
        with transaction.atomic():
            finding.save(force_insert=True)
    except IntegrityError as error:
        raise JudgmentRefused(
            "A finding is about exactly one output, one prompt, one model, or a model with a "
            "recipe and a family; linked evidence needs its link."
        ) from error
    return finding
