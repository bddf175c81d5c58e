"""Reading protocols: who may judge under one, what it selects and asks, how far it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from evaluations.accounts.models import User
from evaluations.definitions.models import AnsweredBy, CriterionVersion, Level
from evaluations.judgments.items.claims import count_left
from evaluations.judgments.items.gold import NotQualified, next_gold
from evaluations.judgments.items.questions import ordered
from evaluations.judgments.items.within import selects
from evaluations.judgments.models import (
    BlockCriterion,
    Comparison,
    Item,
    Judge,
    Judgment,
    Member,
    Protocol,
    ProtocolVersion,
    StepMode,
    Subject,
)
from evaluations.judgments.protocols.permissions import Visiting, may_manage, refusal
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Output

UNITS: dict[str, str] = {Subject.OUTPUT: "output", Subject.PAIR: "pair", Subject.PROMPT: "prompt"}
PLACES = {Subject.OUTPUT: "/judge/", Subject.PAIR: "/judge/pair/", Subject.PROMPT: "/judge/prompt/"}
OUTPUT_FILTERS = {
    "models": "run__model__slug__in",
    "recipes": "run__recipe__slug__in",
    "prompt_sets": "prompt__prompt_set__slug__in",
    "stop_reasons": "stop_reason__in",
}
HIDDEN = (
    "which model wrote it, and with which recipe",
    "what other people answered",
    "what model judges answered",
    "how the answer was graded",
)


def judge_url(protocol: Protocol, subject: str) -> str:
    """Where judging under *protocol* begins."""
    return f"{PLACES[Subject(subject)]}?protocol={protocol.slug}"


def current_version(protocol: Protocol) -> ProtocolVersion | None:
    """The version that is asked now; joins nothing, but knows its protocol."""
    version = protocol.versions.filter(is_current=True).first()
    if version is not None:
        version.protocol = protocol
    return version


# What is selected --------------------------------------------------------------------------------


def selected_outputs(
    selection: Mapping[str, Any], protocol: Protocol | None = None
) -> QuerySet[Output]:
    """Outputs that a selection's filters let through, before a sample is drawn.

    Args:
        protocol: of what is not public, only what it may show (`items/within.py`).
    """
    outputs: QuerySet[Output] = (
        Output.objects.written().filter(selects(protocol, "run__")).distinct_samples()
    )
    for name, lookup in OUTPUT_FILTERS.items():
        if chosen := selection.get(name):
            outputs = outputs.filter(**{lookup: chosen})
    return outputs


def selected_prompts(
    selection: Mapping[str, Any], protocol: Protocol | None = None
) -> QuerySet[Prompt]:
    """Prompts that a selection's filters let through, before a sample is drawn."""
    prompts: QuerySet[Prompt] = Prompt.objects.to_answer().filter(selects(protocol, "prompt_set__"))
    if chosen := selection.get("prompt_sets"):
        prompts = prompts.filter(prompt_set__slug__in=chosen)
    return prompts


def selected_count(
    subject: str, selection: Mapping[str, Any], protocol: Protocol | None = None
) -> int:
    """How many items a selection makes: outputs, pairs of outputs, or prompts. One query."""
    if subject == Subject.PROMPT:
        count = selected_prompts(selection, protocol).count()
    elif subject == Subject.PAIR:
        count = pair_count(selection, protocol)
    else:
        count = selected_outputs(selection, protocol).count()
    sample = selection.get("sample")
    return min(count, sample) if sample else count


def pair_count(selection: Mapping[str, Any], protocol: Protocol | None = None) -> int:
    """How many pairs of outputs to one prompt come from different models or recipes."""
    chosen = selected_outputs(selection, protocol)
    groups = chosen.order_by().values("prompt", "run__model", "run__recipe")
    of_prompt: dict[int, int] = {}
    alike = 0
    for prompt, n in groups.annotate(n=Count("pk")).values_list("prompt", "n"):
        of_prompt[prompt] = of_prompt.get(prompt, 0) + n
        alike += n * (n - 1) // 2
    return sum(n * (n - 1) // 2 for n in of_prompt.values()) - alike


# What is asked -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class AskedBlock:
    """A block of a version with the wordings in force, in order."""

    title: str
    description: str
    wordings: tuple[CriterionVersion, ...]


def asked_blocks(version: ProtocolVersion) -> list[AskedBlock]:
    """The blocks that a version asks, in its order. Makes two queries.

    A protocol about prompts asks only what is asked about prompts.
    """
    places: dict[int, tuple[Any, list[str]]] = {}
    criteria = (
        BlockCriterion.objects.filter(
            block__protocolblock__version=version, criterion__answered_by=AnsweredBy.JUDGE
        )
        .select_related("block", "criterion")
        .order_by("block__protocolblock__position", "position")
    )
    for place in criteria:
        if version.subject == Subject.PROMPT and place.criterion.level != Level.PROMPT:
            continue
        places.setdefault(place.block_id, (place.block, []))[1].append(place.criterion.key)
    by_key = {
        wording.criterion.key: wording
        for wording in ordered([key for _, keys in places.values() for key in keys])
    }
    return [
        AskedBlock(
            block.title, block.description, tuple(by_key[key] for key in keys if key in by_key)
        )
        for block, keys in places.values()
    ]


def asked_wordings(version: ProtocolVersion) -> list[CriterionVersion]:
    """The wordings of all criteria that a version asks, each once. Makes two queries."""
    wordings = {w.pk: w for block in asked_blocks(version) for w in block.wordings}
    return list(wordings.values())


def also_asked(version: ProtocolVersion) -> list[str]:
    """What a version asks beside criteria and definitions, a sentence each."""
    sentences = []
    if version.steps == StepMode.LABELS:
        sentences.append("The role of each step of the working, and whether it is right.")
    elif version.steps == StepMode.FIRST_ERROR:
        sentences.append("The first step of the working with an error, if there is one.")
    if version.asks_holistic:
        sentences.append("Without any definition: would you call this reasoning?")
    elif version.subject == Subject.OUTPUT and version.blocks.exists():
        sentences.append("Last, and only if you like: would you call this reasoning?")
    if version.asks_confidence:
        sentences.append("How sure you are, in percent.")
    if version.asks_agreement:
        sentences.append("Which share of judges will answer as you did.")
    if version.repeat_share and version.subject == Subject.OUTPUT:
        sentences.append(
            "Now and then an output that you judged before, to see how steady you are."
        )
    return sentences


def never_shown(version: ProtocolVersion) -> list[str]:
    """What a judge does not see before saving."""
    hidden = list(HIDDEN if version.subject != Subject.PROMPT else HIDDEN[1:3])
    if version.suggestion_share:
        hidden = [line for line in hidden if line != HIDDEN[2]]
    if not version.shows_source:
        hidden.append("name and source of the definitions")
    if not version.shows_reference:
        hidden.append("the reference answer, also after saving")
    elif version.subject != Subject.PROMPT:
        hidden.append("the reference answer, until the questions are answered")
    return hidden


@dataclass(frozen=True)
class Selected:
    """One line of what a version selects: the kind of filter and the chosen names."""

    label: str
    names: str


def selection_in_words(version: ProtocolVersion) -> list[Selected]:
    """The filters of a version as lines for a list of facts; empty when it takes everything."""
    labels = {
        "models": "Models",
        "recipes": "Recipes",
        "prompt_sets": "Prompt sets",
        "stop_reasons": "Stopped by",
    }
    chosen = dict(version.selection)
    if sets := chosen.get("prompt_sets"):
        # What a public protocol says to everybody names nothing that is not.
        named = PromptSet.objects.filter(slug__in=sets)
        shown = named if not version.protocol.is_public else named.public()
        known = set(shown.values_list("slug", flat=True))
        chosen["prompt_sets"] = [it if it in known else "one that is not public" for it in sets]
    lines = [
        Selected(label, ", ".join(chosen[name])) for name, label in labels.items()
        if chosen.get(name)
    ]  # fmt: skip
    if chosen.get("sample"):
        seed = chosen.get("seed", 0)
        lines.append(Selected("Sample", f"{chosen['sample']:,} at random, seed {seed}"))
    return lines


# How far it is -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """Judgments done and needed on the items of a version; gold items are left out."""

    items: int = 0
    done: int = 0
    needed: int = 0

    @property
    def finished(self) -> bool:
        return self.items > 0 and self.done >= self.needed


def progress_by_version(versions: Iterable[ProtocolVersion]) -> dict[int, Progress]:
    """Version to its progress. Makes one query, however many versions there are."""
    counted = (
        Item.objects.filter(version__in=list(versions), is_gold=False)
        .order_by()
        .values("version")
        .annotate(n=Count("pk"), finished=Coalesce(Sum("done"), 0), wanted=Sum("needed"))
    )
    return {row["version"]: Progress(row["n"], row["finished"], row["wanted"]) for row in counted}


def judges_by_version(versions: Iterable[ProtocolVersion]) -> dict[int, int]:
    """Version to the number of judges who saved something under it or an earlier one.

    Makes two queries.
    """
    chosen = list(versions)
    judges: dict[int, set[int]] = {}
    for model in (Judgment, Comparison):
        saved = (
            model.objects.filter(
                item__version__protocol__in={each.protocol_id for each in chosen},
                withdrawn_at=None,
            )
            .order_by()
            .values_list(F("item__version__protocol"), F("item__version__number"), F("judge"))
            .distinct()
        )
        for protocol, number, judge in saved:
            for version in chosen:
                if version.protocol_id == protocol and version.number >= number:
                    judges.setdefault(version.pk, set()).add(judge)
    return {version: len(found) for version, found in judges.items()}


@dataclass(frozen=True)
class Listed:
    """A protocol in a list, with the version in force."""

    protocol: Protocol
    version: ProtocolVersion
    progress: Progress
    manages: bool
    refusal: str

    @property
    def unit(self) -> str:
        return UNITS[self.version.subject]

    @property
    def judge_url(self) -> str:
        return judge_url(self.protocol, self.version.subject)

    @property
    def state(self) -> str:
        if self.protocol.is_open:
            return "open"
        begun = self.protocol.opened_at is not None or self.protocol.closed_at is not None
        return "closed" if begun else "draft"


def listed(user: Visiting, judge: Judge | None) -> list[Listed]:
    """Protocols that this visitor may see, each with its version in force. Makes three queries.

    Drafts are listed for their owner, and for staff; what is not public for its owner and judges.
    """
    readable = Protocol.objects.listed_for(user)
    shown = Q(protocol__opened_at__isnull=False)
    if isinstance(user, User) and user.is_staff:
        shown = Q()
    elif isinstance(user, User) and user.may_run_protocols:
        shown |= Q(protocol__owner=user)
    versions = list(
        ProtocolVersion.objects.filter(shown, is_current=True, protocol__in=readable)
        .select_related("protocol__owner")
        .order_by("-protocol__is_default", "-protocol__created_at", "-protocol__pk")
    )
    progress = progress_by_version(versions)
    joined: set[int] = set()
    if judge is not None:
        joined = set(Member.objects.filter(judge=judge).values_list("protocol", flat=True))
    rows = []
    for version in versions:
        protocol = version.protocol
        # Members are known already: with a judge, `refusal` would look each of them up again.
        joins = protocol.pk in joined and protocol.is_open
        why = "" if joins else refusal(protocol, user, None)
        rows.append(
            Listed(
                protocol,
                version,
                progress.get(version.pk, Progress()),
                may_manage(protocol, user),
                why,
            )
        )
    return rows


def open_to(
    user: Visiting, judge: Judge | None, *, beside: ProtocolVersion | None
) -> list[tuple[Listed, int]]:
    """Open protocols but *beside* that have something for this visitor now, and how much.

    Makes two or three queries for each protocol that they may judge under.
    """
    found = []
    for row in listed(user, judge):
        if row.refusal or row.version == beside:
            continue
        try:
            if judge is not None:
                next_gold(row.version, judge)
        except NotQualified:
            continue
        _, count = count_left(row.version, judge)
        if count:
            found.append((row, count))
    return found


COLUMNS = (
    "protocol", "title", "owner", "state", "subject", "access", "version", "items",
    "judges_per_item", "done", "needed", "judges", "opened_at", "closed_at", "page",
)  # fmt: skip


def records() -> list[dict[str, Any]]:
    """Every protocol that was opened, as rows for CSV and JSON. Makes four queries."""
    rows = listed(None, None)
    judges = judges_by_version(row.version for row in rows)
    return [
        {
            "protocol": row.protocol.slug,
            "title": row.protocol.title,
            "owner": row.protocol.owner.shown_name if row.protocol.owner else None,
            "state": row.state,
            "subject": row.version.subject,
            "access": row.protocol.access,
            "version": row.version.number,
            "items": row.progress.items,
            "judges_per_item": row.version.judges_per_item,
            "done": row.progress.done,
            "needed": row.progress.needed,
            "judges": judges.get(row.version.pk, 0),
            "opened_at": row.protocol.opened_at,
            "closed_at": row.protocol.closed_at,
            "page": reverse("protocol", args=[row.protocol.slug]),
        }
        for row in rows
    ]
