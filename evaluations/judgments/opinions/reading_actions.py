"""Reading what model judges wrote: strictly, and a reply in another form is recorded as such."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from evaluations.definitions.models import CriterionVersion
from evaluations.inference.thought import reply_alone
from evaluations.judgments.answers.actions import JudgmentRefused, Served, Stale, submit_judgment
from evaluations.judgments.models import Judgment, Opinion, OpinionState, Way
from evaluations.judgments.opinions.prompts import NOTE, Unparseable, parse_reply
from evaluations.prompts.models import Prompt
from evaluations.runs.models import OutputState

ENDED = (OutputState.DONE, OutputState.FAILED, OutputState.CANCELLED)


@dataclass(frozen=True)
class Read:
    """How many replies were read, by what came of them."""

    answered: int = 0
    unparseable: int = 0
    failed: int = 0


def read_opinions(*, limit: int = 200) -> Read:
    """Read the replies that the inference queue has finished, each in a transaction of its own.

    Safe beside others that do the same: a reply is read by whoever locks it first.

    Args:
        limit: at most so many replies.
    """
    waiting = Opinion.objects.filter(
        state=OpinionState.WAITING, asked_as__state__in=ENDED
    ).order_by("id")
    counts = dict.fromkeys(OpinionState.values, 0)
    for pk in list(waiting.values_list("pk", flat=True)[:limit]):
        state = read_opinion(pk)
        if state is not None:
            counts[state] += 1
    return Read(
        counts[OpinionState.ANSWERED],
        counts[OpinionState.UNPARSEABLE],
        counts[OpinionState.FAILED],
    )


@transaction.atomic
def read_opinion(pk: int) -> str | None:
    """Read one finished reply; None when another process has it in hand or has read it."""
    opinion = (
        Opinion.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, state=OpinionState.WAITING, asked_as__state__in=ENDED)
        .select_related("judge", "output__prompt", "asked_as__prompt")
        .first()
    )
    if opinion is None:
        return None
    opinion.state, opinion.note, opinion.judgment = outcome(opinion)
    opinion.note = opinion.note[:NOTE]
    opinion.read_at = timezone.now()
    opinion.save(update_fields=["state", "note", "judgment", "read_at"])
    return opinion.state


def outcome(opinion: Opinion) -> tuple[OpinionState, str, Judgment | None]:
    """What came of one asking: its state, why, and the judgment that it became."""
    reply = opinion.asked_as
    if reply.state == OutputState.CANCELLED:
        return OpinionState.FAILED, "The run was cancelled.", None
    if reply.state == OutputState.FAILED:
        return OpinionState.FAILED, reply.error or "The reply could not be written.", None
    wordings = wordings_asked(reply.prompt)
    try:
        if reply.stop_reason == "length":
            raise Unparseable("The reply was cut off at its limit of tokens.")
        values = parse_reply(reply_alone(reply.text), len(wordings))
    except Unparseable as error:
        return OpinionState.UNPARSEABLE, str(error), None
    try:
        with transaction.atomic():
            stored = submit_judgment(
                judge=opinion.judge,
                output=opinion.output,
                answers=dict(zip(wordings, values, strict=True)),
                form_token=uuid.uuid5(uuid.NAMESPACE_OID, f"opinion:{opinion.pk}"),
                seconds=reply.seconds,
                served=Served(masked=bool(reply.prompt.origin["masked"]), way=Way.SERVED),
            )
    except JudgmentRefused as error:
        return OpinionState.FAILED, str(error), None
    except Stale:
        return OpinionState.FAILED, "Its judgment was withdrawn.", None
    return OpinionState.ANSWERED, "", stored[0]


def wordings_asked(prompt: Prompt) -> list[CriterionVersion]:
    """The wordings that a judging prompt asks, in its order, as they were then."""
    asked: Iterable[int] = prompt.origin["criterion_versions"]
    versions = CriterionVersion.objects.select_related("criterion").in_bulk(asked)
    return [versions[pk] for pk in asked]
