"""Writing by hand: consent, draw a prompt, keep a draft, pass it by, send, take back, withdraw."""

import random
import uuid
from typing import Final

from django.db import transaction
from django.utils import timezone

from evaluations.common.throttle import DAY, take
from evaluations.inference.segmentation import SEGMENTATION_VERSION, segment
from evaluations.judgments.by_hand.names import named_in
from evaluations.judgments.by_hand.people import recipes, run_for
from evaluations.judgments.by_hand.prompts import shows_working, unmet
from evaluations.judgments.models import Consent, Judge, PassedPrompt, Writing, WrittenByHand
from evaluations.judgments.querysets import WrittenByHandQuerySet
from evaluations.runs.actions import sample_seed
from evaluations.runs.models import (
    Environment,
    Grade,
    Output,
    OutputState,
    Report,
    Run,
    Step,
    Visibility,
)
from evaluations.runs.results import BY_HAND, graded, storable

TEXTS_A_DAY: Final = 60
SEEN_SINCE: Final = (
    "Since this prompt came to you, you met answers to it or it was closed to people, so what you "
    "write to it would not stand beside the others. Copy what you want to keep, then ask for "
    "another prompt."
)


class HandRefused(Exception):
    """What was written cannot be stored; the message says why and what to do."""


def locked(judge: Judge) -> Judge:
    """The judge's row, the lock that puts one person's tabs and double clicks in order."""
    return Judge.objects.select_for_update().select_related(None).get(pk=judge.pk)


def consent(*, judge: Judge) -> Consent:
    """Agree, once, to how what one writes is published and judged."""
    return Consent.objects.get_or_create(judge=judge)[0]


def is_open(writing: Writing) -> bool:
    """Whether its writer met no answer to the prompt since it came to them. One query."""
    return unmet(writing.judge).filter(pk=writing.prompt_id).exists()


@transaction.atomic
def draw(*, judge: Judge) -> Writing | None:
    """The prompt that a judge has before them, or one drawn now; None when none is left.

    Prompt and recipe are drawn at random, so that nobody chooses what they can do well. One whose
    answers its writer met meanwhile is laid aside, unless they wrote something already.
    """
    judge = locked(judge)
    held = Writing.objects.filter(judge=judge).select_related("prompt", "recipe").first()
    if held is not None and (held.working or held.answer or is_open(held)):
        return held
    if held is not None:
        held.delete()
    keys = list(unmet(judge).values_list("pk", flat=True))
    if not keys:
        return None
    return Writing.objects.create(
        judge=judge,
        prompt_id=random.choice(keys),
        recipe=random.choice(recipes()),
        shown_at=timezone.now(),
    )


@transaction.atomic
def keep(*, judge: Judge, token: uuid.UUID, working: str, answer: str) -> Writing | None:
    """Keep what was written so far; None where another prompt is before its writer."""
    held = Writing.objects.select_for_update().filter(judge=judge, token=token).first()
    if held is not None:
        held.working, held.answer, held.kept_at = working, answer, timezone.now()
        held.save(update_fields=["working", "answer", "kept_at"])
    return held


@transaction.atomic
def pass_by(*, judge: Judge, token: uuid.UUID, had_seen: bool) -> bool:
    """Do not answer a prompt, now or later; False where another one is before its writer."""
    held = Writing.objects.filter(judge=locked(judge), token=token).first()
    if held is None:
        return False
    PassedPrompt.objects.get_or_create(
        judge=judge, prompt=held.prompt, defaults={"had_seen": had_seen}
    )
    held.delete()
    return True


@transaction.atomic
def send(
    *, judge: Judge, token: uuid.UUID, working: str, answer: str, shows_name: bool = False
) -> WrittenByHand:
    """Store what was written as an output of the row People, with its steps and its grade.

    A form sent twice is stored once. The time is from showing to sending.

    Raises:
        HandRefused: without consent, for another prompt than the one before its writer or one
            that they met answered since, for a text that names them, and beyond the day's number.
    """
    judge = locked(judge)
    sent = WrittenByHand.objects.filter(token=token, judge=judge).first()
    if sent is not None:
        return sent
    agreed = Consent.objects.filter(judge=judge).first()
    if agreed is None:
        raise HandRefused("Agree first to how your text is published: it is asked once.")
    held = Writing.objects.filter(judge=judge, token=token)
    writing = held.select_related("prompt__prompt_set", "recipe").first()
    if writing is None:
        raise HandRefused(
            "Another prompt is before you now: this one was sent or passed by in another window."
        )
    if not is_open(writing):
        raise HandRefused(SEEN_SINCE)
    parts = [storable(part).strip() for part in (working, answer)]
    working, answer = (part.replace("\r\n", "\n") for part in parts)
    if not shows_working(writing.recipe):
        working = ""
    elif not working:
        raise HandRefused("Write your working too: it is what this prompt asks you for.")
    if not answer:
        raise HandRefused("Write your answer before you send it.")
    if name := named_in(f"{working}\n{answer}", judge.user, writing.prompt.text):
        raise HandRefused(
            f"Your text names you (“{name}”): take that out, since who wrote it stays hidden from "
            "judges. Whether readers see your name is yours to say below."
        )
    if not take(f"by-hand:{judge.pk}", capacity=TEXTS_A_DAY, refill_seconds=DAY):
        raise HandRefused(
            f"{TEXTS_A_DAY} texts a day can be sent. Yours is kept here: go on in half an hour."
        )
    output = stored(writing, working, answer)
    made = WrittenByHand.objects.create(
        output=output,
        judge=judge,
        token=token,
        licence=agreed.licence,
        consented_at=agreed.given_at,
        shows_name=shows_name,
    )
    writing.delete()
    return made


def stored(writing: Writing, working: str, answer: str) -> Output:
    """The output of what somebody wrote, with its steps and its grade."""
    prompt, recipe = writing.prompt, writing.recipe
    run = run_for(prompt.prompt_set, recipe)
    sample = run.outputs.filter(prompt=prompt).count()
    if sample >= run.samples:
        Run.objects.filter(pk=run.pk).update(samples=sample + 1)
    now = timezone.now()
    output = Output.objects.create(
        run=run,
        prompt=prompt,
        sample=sample,
        seed=sample_seed(run.pk, prompt.slug, sample),
        state=OutputState.DONE,
        text=f"{working}\n\nAnswer: {answer}" if working else answer,
        trace=working,
        answer=answer,
        trace_visibility=Visibility.FULL if working else Visibility.NOT_WRITTEN,
        stop_reason="stop",
        seconds=(now - writing.shown_at).total_seconds(),
        environment=Environment.of(BY_HAND),
        finished_at=now,
    )
    Step.objects.bulk_create(
        Step(
            output=output, index=index, start=span.start, end=span.end,
            segmentation=SEGMENTATION_VERSION,
        )
        for index, span in enumerate(segment(working))
    )  # fmt: skip
    made = graded(
        grader=prompt.grader,
        reference=prompt.reference,
        parameters=prompt.parameters,
        text=output.text,
        answer=answer,
        strategy=recipe.strategy,
        stop_reason="stop",
        environment=BY_HAND,
    )
    if made.grader:
        Grade.objects.create(output=output, **made._asdict())
    return output


@transaction.atomic
def take_back(*, judge: Judge, output: int) -> bool:
    """Withdraw a text of one's own: it is shown, judged and counted no longer.

    What was said about it stays stored, as with everything that is withdrawn. False for a text
    that is not theirs, or does not stand any more.
    """
    own = WrittenByHand.objects.standing().filter(judge=locked(judge), output=output)
    return bool(taken_back(own))


@transaction.atomic
def withdraw(*, judge: Judge) -> int:
    """Take back what somebody agreed to, and with it every text of theirs that stands; returns how
    many. They are asked again before they write more."""
    own = WrittenByHand.objects.standing().filter(judge=locked(judge))
    Writing.objects.filter(judge=judge).delete()
    Consent.objects.filter(judge=judge).delete()
    return taken_back(own)


def taken_back(own: WrittenByHandQuerySet) -> int:
    """Withdraw some texts that stand, with what readers reported of them; returns how many."""
    keys = list(own.order_by().values_list("output", flat=True))
    now = timezone.now()
    Report.objects.open().filter(output__in=keys).update(resolved_at=now)
    return Output.objects.filter(pk__in=keys, withdrawn_at=None).update(withdrawn_at=now)


def show_name(*, judge: Judge, output: int, shown: bool) -> bool:
    """Say whether readers of a text see who wrote it; False for one that is not theirs."""
    own = WrittenByHand.objects.filter(judge=judge, output=output)
    return bool(own.update(shows_name=shown))
