"""What model judges were asked, and what a protocol may ask them about and show of it."""

from django.db.models import Q, QuerySet

from evaluations.accounts.visibility import Audience
from evaluations.definitions.models import CriterionVersion, Level
from evaluations.judgments.items.within import shows
from evaluations.judgments.models import (
    Judge,
    Opinion,
    OpinionState,
    Protocol,
    ProtocolVersion,
    Subject,
)
from evaluations.judgments.opinions.prompts import PROMPT_VERSION
from evaluations.runs.models import Output

Question = tuple[str, int, int, int]
"""What an answer is about and to: "output" or "prompt", its id, criterion id, meaning."""


def outputs_of(version: ProtocolVersion) -> list[tuple[int, int]]:
    """Output and prompt of each item; of a prompt, the first of its outputs."""
    protocol = version.protocol
    finished = Output.objects.written().filter(shows(protocol, protocol.owner, "run__"))
    if version.subject == Subject.PROMPT:
        first = finished.filter(prompt__items__version=version).order_by("prompt_id", "id")
        return list(first.distinct("prompt_id").values_list("id", "prompt_id"))
    items = version.items.filter(output__in=finished).order_by("random", "id")
    return list(items.values_list("output_id", "output__prompt_id"))


def question_of(wording: CriterionVersion, output: int, prompt: int) -> Question:
    """What tells a question about an output, or its prompt, from all others."""
    about, pk = (
        ("prompt", prompt) if wording.criterion.level == Level.PROMPT else ("output", output)
    )
    return about, pk, wording.criterion_id, wording.meaning


def asked_already(judge: Judge, protocol: Protocol) -> set[Question]:
    """The questions that a model judge was asked under the present prompt version.

    What was asked under a private protocol counts nowhere else, so that others ask it again.
    """
    rows = list(
        Opinion.objects.filter(open_in(protocol), judge=judge, prompt_version=PROMPT_VERSION)
        .exclude(state=OpinionState.FAILED)
        .values_list("output_id", "output__prompt_id", "asked_as__prompt__origin")
    )
    versions = CriterionVersion.objects.select_related("criterion").in_bulk(
        {pk for *_, origin in rows for pk in origin["criterion_versions"]}
    )
    return {
        question_of(versions[pk], output, prompt)
        for output, prompt, origin in rows
        for pk in origin["criterion_versions"]
        if pk in versions
    }


def opinions_under(version: ProtocolVersion) -> QuerySet[Opinion]:
    """Every asking about what a protocol's items show, in the blocks that it asks."""
    items = version.items.all()
    about = Q(output__in=items.filter(output__isnull=False).values("output")) | Q(
        output__prompt__in=items.filter(prompt__isnull=False).values("prompt")
    )
    return Opinion.objects.filter(about, open_in(version.protocol), block__in=version.blocks.all())


def open_in(protocol: Protocol) -> Q:
    """Condition that an opinion may be shown with a protocol: a public one shows public ones."""
    if not protocol.is_public:
        return shows(protocol, protocol.owner, "output__run__")
    public = Audience.PUBLIC
    return Q(asked_as__run__visibility=public, output__run__visibility=public)
