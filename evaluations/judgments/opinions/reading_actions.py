"""Reading what model judges wrote: strictly, and a reply in another form is recorded as such."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from evaluations.definitions.models import CriterionVersion
from evaluations.inference.thought import reply_alone
from evaluations.judgments.answers.actions import JudgmentRefused, Served, Stale, submit_judgment
from evaluations.judgments.models import Judgment, Opinion, OpinionState, Way
from evaluations.judgments.opinions.prompts import NOTE, Unparseable, parse_reply
from evaluations.prompts.models import Prompt
from evaluations.rules import combine_judges
from evaluations.runs.models import Output, OutputState

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
    # Samples of one asking are read one after the other, so that the last sees all the others.
    Prompt.objects.select_for_update().get(pk=opinion.asked_as.prompt_id)
    opinion.state, opinion.note, opinion.values = outcome(opinion.asked_as)
    samples = siblings_of(opinion).exclude(pk=opinion.pk)
    if not samples.filter(state=OpinionState.WAITING).exists():
        read = [values for values in samples.values_list("values", flat=True) if values]
        if together := combined([*read, *([opinion.values] if opinion.values else [])]):
            stored, why = store(opinion, together)
            opinion.judgment = stored
            if why:
                opinion.state, opinion.note = OpinionState.FAILED, why
    opinion.note = opinion.note[:NOTE]
    opinion.read_at = timezone.now()
    opinion.save(update_fields=["state", "note", "judgment", "read_at", "values"])
    return opinion.state


def siblings_of(opinion: Opinion) -> QuerySet[Opinion]:
    """All samples of one asking, itself among them."""
    return Opinion.objects.filter(asked_as__prompt=opinion.asked_as.prompt_id).order_by("sample")


def combined(samples: Sequence[Sequence[str]]) -> list[str]:
    """What several samples come to: of each question the median of the known answers, as of
    several judges. Samples that could not be read are not among them; none gives none."""
    return [combine_judges(values) for values in zip(*samples, strict=True)]


def outcome(reply: Output) -> tuple[OpinionState, str, list[str]]:
    """What came of one reply: its state, why, and the answers that were read."""
    if reply.state == OutputState.CANCELLED:
        return OpinionState.FAILED, "The run was cancelled.", []
    if reply.state == OutputState.FAILED:
        return OpinionState.FAILED, reply.error or "The reply could not be written.", []
    try:
        if reply.stop_reason == "length":
            raise Unparseable("The reply was cut off at its limit of tokens.")
        count = len(reply.prompt.origin["criterion_versions"])
        values = parse_reply(reply_alone(reply.text), count)
    except Unparseable as error:
        return OpinionState.UNPARSEABLE, str(error), []
    return OpinionState.ANSWERED, "", values


def store(opinion: Opinion, values: Sequence[str]) -> tuple[Judgment | None, str]:
    """The judgment that answers become; or why they become none."""
    reply = opinion.asked_as
    wordings = wordings_asked(reply.prompt)
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
        return None, str(error)
    except Stale:
        return None, "Its judgment was withdrawn."
    return stored[0], ""


def wordings_asked(prompt: Prompt) -> list[CriterionVersion]:
    """The wordings that a judging prompt asks, in its order, as they were then."""
    asked: Iterable[int] = prompt.origin["criterion_versions"]
    versions = CriterionVersion.objects.select_related("criterion").in_bulk(asked)
    return [versions[pk] for pk in asked]
