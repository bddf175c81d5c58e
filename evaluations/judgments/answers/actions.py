"""Writing judgments: save, undo, skip, reveal, keep a draft. Nothing is ever overwritten."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from evaluations.definitions.models import CriterionVersion, DefinitionVersion, Level
from evaluations.judgments.answers.blind import has_seen
from evaluations.judgments.answers.marks import MarkDraft, store_marks, undo_marks
from evaluations.judgments.answers.sent_again import says_the_same
from evaluations.judgments.answers.staleness import is_stale
from evaluations.judgments.answers.steps import (
    StepAnswers,
    StepsRefused,
    store_steps,
    undo_steps,
)
from evaluations.judgments.answers.ways import said_before, way_of
from evaluations.judgments.items import queue, skips, within
from evaluations.judgments.items.carried import give_back_for
from evaluations.judgments.models import (
    Answer,
    Draft,
    GuestCheck,
    Item,
    Judge,
    Judgment,
    Reveal,
    Skip,
    Value,
    Way,
)
from evaluations.judgments.protocols.actions import freeze
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


@dataclass(frozen=True, kw_only=True)
class Served:
    """How a form came to its judge: for which page of which item, and what was shown with it.

    `finishes` says that this is the last page of the item for this judge, `is_repeat` that they
    answered it before and were asked again. `way` says whether the site served it.
    """

    item: Item | None = None
    page: str = ""
    position: int | None = None
    finishes: bool = False
    masked: bool = False
    suggestion_shown: bool | None = None
    guest_check: str = GuestCheck.COUNTED
    is_repeat: bool = False
    way: str = Way.UNKNOWN


NOT_TYPED = {"csrfmiddlewaretoken", "form_token", "seen", "content", "lease", "arm"}

ON_ITS_OWN = Served()
"""A form that belongs to no protocol."""


@transaction.atomic
def submit_judgment(
    *,
    judge: Judge,
    output: Output,
    answers: Mapping[CriterionVersion, str] | None = None,
    direct: Sequence[Direct] = (),
    holistic: str = "",
    leaves_open: bool = False,
    marks: Sequence[MarkDraft] = (),
    steps: StepAnswers | None = None,
    form_token: uuid.UUID,
    seen: int | None = None,
    comment: str = "",
    confidence: int | None = None,
    expected_agreement: int | None = None,
    seconds: float | None = None,
    served: Served = ON_ITS_OWN,
) -> list[Judgment]:
    """Store one judge's answers about an output, superseding their earlier ones.

    Answers to prompt criteria become a judgment of the prompt, shared by its outputs; the
    others a judgment of the output. A form sent twice is stored once.

    Args:
        answers: criterion version to one of the four values.
        seen: the judge's newest judgment when the form was made (`staleness.latest_judgment_id`).
        holistic: whether the judge would call the output reasoning, without a definition.
        leaves_open: take back what they called it before, where they did.
        marks: text marked as evidence.
        steps: labels of steps, or the first error.
        confidence, expected_agreement: percent.
        seconds: time spent, idle time taken out.
        served: the protocol's item and page; the last page ends the judge's lease on the item,
            and beyond the number of judges that it needs the judgment is kept as surplus.

    Returns:
        The judgments stored for this form, one or two.

    Raises:
        JudgmentRefused: nothing answered, an unknown value, or an output that is not judgeable.
        Stale: the judge saved another judgment of this subject after *seen*, or this form was
            stored with other answers or undone.
    """
    answers = answers or {}
    if not answers and not direct and not holistic and steps is None:
        raise JudgmentRefused("Answer at least one question before saving.")
    given = [*answers.values(), *(item.value for item in direct), *([holistic] * bool(holistic))]
    for value in given:
        if value not in Value.values:
            raise JudgmentRefused(f"“{value}” is not one of the four answers.")
    for version in answers:
        if version.criterion.level not in {Level.OUTPUT, Level.PROMPT}:
            raise JudgmentRefused(f"“{version.title}” is not answered by judges.")
    if not within.judgeable(judge).filter(pk=output.pk).exists():
        raise JudgmentRefused("This output cannot be judged: it is unfinished or withdrawn.")

    # The judge's row is the lock that puts one person's tabs and double clicks in order.
    Judge.objects.select_for_update().get(pk=judge.pk)
    sent = list(Judgment.objects.filter(judge=judge, form_token=form_token).order_by("id"))
    if sent:
        if not says_the_same(sent, answers, direct, holistic, marks, steps, comment):
            raise Stale
        return sent
    about_prompt = {v: a for v, a in answers.items() if v.criterion.level == Level.PROMPT}
    if seen is not None and is_stale(judge, output, about_prompt, seen):
        raise Stale

    about_output = {v: a for v, a in answers.items() if v.criterion.level == Level.OUTPUT}
    seen_here = has_seen(judge, output=output)
    seen_prompt = bool(about_prompt) and has_seen(judge, output__prompt=output.prompt_id)
    here = said_before(judge, served.item, output=output)
    finishes, is_surplus = settle(judge, served, way_of(here, served.way))
    taken_back = call_of(judge, output) if leaves_open and not holistic else None
    stored: list[Judgment] = []
    for subject, part, classified, blind in (
        ({"output": output}, about_output, direct, not seen_here),
        ({"prompt": output.prompt}, about_prompt, (), not seen_prompt),
    ):
        is_main = not stored
        if not part and not classified and "output" not in subject:
            continue
        if not (part or classified or holistic or steps or served.item or taken_back):
            continue
        judgment = Judgment.objects.create(
            judge=judge,
            form_token=form_token,
            blind=blind,
            on_summary=output.trace_visibility == Visibility.SUMMARY and "output" in subject,
            masked=served.masked,
            guest_check=served.guest_check,
            suggestion_shown=served.suggestion_shown,
            item=served.item if is_main else None,
            page=served.page if is_main else "",
            position=served.position if is_main else None,
            finishes_item=is_main and finishes,
            is_surplus=is_main and is_surplus,
            is_repeat=served.is_repeat,
            way=way_of(said_before(judge, served.item, **subject), served.way),
            takes_back=taken_back if "output" in subject else None,
            comment=comment if is_main else "",
            confidence=confidence if is_main else None,
            expected_agreement=expected_agreement if is_main else None,
            seconds=seconds if is_main else None,
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
        if holistic and "output" in subject:
            rows.append(Answer(is_holistic=True, value=holistic))
        supersede_and_store(judgment, rows)
        stored.append(judgment)
    if taken_back is not None:
        Answer.objects.filter(pk=taken_back.pk).update(is_current=False)
    about = next((judgment for judgment in stored if judgment.output_id), None)
    if about is not None:
        store_marks(about, marks)
        if steps is not None:
            try:
                store_steps(about, steps)
            except StepsRefused as error:
                raise JudgmentRefused(str(error)) from error
    Skip.objects.filter(judge=judge, output=output).delete()
    return stored


def call_of(judge: Judge, output: Output | None) -> Answer | None:
    """What a judge calls an output now; None where they did not say."""
    return Answer.objects.current().filter(judge=judge, output=output, is_holistic=True).first()


def settle(judge: Judge, served: Served, way: str) -> tuple[bool, bool]:
    """End the judge's turn on an item; returns whether this finishes it, and beyond the need.

    The first judgment under a protocol version freezes the version.
    """
    if served.item is None:
        return False, False
    freeze(served.item.version)
    if not Item.objects.filter(pk=served.item.pk).exists():
        # The protocol was edited meanwhile and does not ask about this output any more.
        raise Stale
    if not served.finishes:
        return False, False
    again = Judgment.objects.standing().filter(judge=judge, item=served.item, finishes_item=True)
    if again.exists():
        return False, False
    check = served.guest_check
    return True, queue.settle(item=served.item, judge=judge, check=check, way=way)


def supersede_and_store(judgment: Judgment, rows: Sequence[Answer]) -> None:
    """Store *rows* as the judgment's answers; earlier ones to the same questions step back.

    A blind answer that is only repeated after others' were seen stays in force: the repetition
    is recorded, and takes nothing from it. Nor does one that was asked for as a repeat.
    """
    earlier = {
        (answer.criterion_id, answer.meaning, answer.definition_version_id, answer.is_holistic): (
            answer
        )
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
        before = earlier.get(
            (row.criterion_id, row.meaning, row.definition_version_id, row.is_holistic)
        )
        if judgment.is_repeat:
            row.is_current = False
        elif before is None:
            continue
        elif before.value == row.value and before.judgment.blind and not judgment.blind:
            row.is_current = False
        else:
            row.supersedes = before
            replaced.append(before.pk)
    Answer.objects.filter(pk__in=replaced).update(is_current=False)
    Answer.objects.bulk_create(rows)


@transaction.atomic
def undo_judgment(*, judge: Judge, form_token: uuid.UUID) -> Output | None:
    """Withdraw what one form stored; the answers that it replaced, and a call that it took back,
    are in force again.

    Returns the output that was judged, to be shown again; None when there is nothing to undo.

    Raises:
        Stale: later answers rest on these already, or a later page of the item finished it, so
            undoing is no longer one step.
    """
    Judge.objects.select_for_update().get(pk=judge.pk)
    judgments = list(
        Judgment.objects.filter(
            judge=judge, form_token=form_token, withdrawn_at=None
        ).select_related("output", "item", "takes_back__judgment", "takes_back__output")
    )
    if not judgments:
        return None
    answers = Answer.objects.filter(judgment__in=judgments)
    if Answer.objects.filter(supersedes__in=answers, judgment__withdrawn_at=None).exists():
        raise Stale
    later = Judgment.objects.standing().filter(
        judge=judge,
        finishes_item=True,
        item__in=[
            it.item_id
            for it in judgments
            if it.item_id and not it.finishes_item and not it.is_repeat
        ],
    )
    if later.exists():
        raise Stale
    replaced = list(
        answers.filter(supersedes__judgment__withdrawn_at=None).values_list(
            "supersedes_id", flat=True
        )
    )
    for judgment in judgments:
        if (call := judgment.takes_back) is None or call.judgment.withdrawn_at is not None:
            continue
        if call_of(judge, call.output) is not None:
            raise Stale
        replaced.append(call.pk)
    answers.update(is_current=False)
    Answer.objects.filter(pk__in=replaced).update(is_current=True)
    now = timezone.now()
    Judgment.objects.filter(pk__in=[judgment.pk for judgment in judgments]).update(withdrawn_at=now)
    undo_marks(judgments)
    undo_steps(judgments)
    for judgment in judgments:
        give_back_for(judgment)
        if judgment.item is not None and judgment.finishes_item:
            queue.reopen(item=judgment.item, judge=judge, was_surplus=judgment.is_surplus)
    return next((judgment.output for judgment in judgments if judgment.output), None)


@transaction.atomic
def skip_output(
    *,
    judge: Judge,
    output: Output,
    item: Item | None = None,
    reason: str = "",
    way: str = Way.UNKNOWN,
) -> Skip:
    """Pass an output by: what becomes of a protocol's item is up to its skip policy.

    Without an item the output is not served to this judge again.
    """
    if item is not None:
        skips.skip_item(item=item, judge=judge, way=way)
    skip, _ = Skip.objects.update_or_create(
        judge=judge, output=output, defaults={"reason": reason[:200]}
    )
    return skip


def keep_draft(*, judge: Judge, place: str, data: Mapping[str, str]) -> Draft:
    """Keep what a judge typed and did not save; what makes the form recognisable is left out.

    An answer that is empty was left open.
    """
    typed = {
        name.replace("\0", ""): value.replace("\0", "")
        for name, value in data.items()
        if (value or name.startswith("answer-")) and name not in NOT_TYPED
    }
    kept, _ = Draft.objects.update_or_create(
        judge=judge, place=place, defaults={"data": typed, "updated_at": timezone.now()}
    )
    return kept


def reveal_answers(*, judge: Judge, output: Output) -> Reveal:
    """Record that a judge was shown others' answers: later judgments of it are not blind."""
    reveal, _ = Reveal.objects.get_or_create(judge=judge, output=output)
    return reveal
