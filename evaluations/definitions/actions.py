"""Writing criteria and definitions. A change of wording is always a new version."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.events import tell
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
    Pin,
    State,
    StateChange,
    Verification,
)
from evaluations.definitions.moves import (
    Move,
    MoveRefused,
    acts_as_owner,
    checked,
    is_retired_by_staff,
)
from evaluations.definitions.names import check_free
from evaluations.definitions.relation_actions import relate_version
from evaluations.rules import check, criteria

WORDING = (
    "title",
    "question",
    "guidance",
    "positive_example",
    "positive_why",
    "negative_example",
    "negative_why",
)


HAPPENED = {
    "publish": "version-published",
    "retire": "definition-retired",
    "restore": "definition-restored",
    "merge": "definition-merged",
}
"""The kind of event that each move of a version is."""
FORK, LONGEST_NAME = " (fork)", 120


class RuleRefused(Exception):
    """The rule cannot be used; `errors` lists what is wrong and where."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


@transaction.atomic
def word_criterion(
    *,
    criterion: Criterion,
    wording: Mapping[str, str],
    new_question: bool = False,
    meaning: int = 1,
) -> CriterionVersion:
    """Put a wording of *criterion* in force, as a new version unless nothing changed.

    Args:
        wording: the fields named in `WORDING`.
        new_question: earlier answers do not carry over to this wording.
        meaning: the least meaning that this wording has, as the catalogue numbers them.
    """
    Criterion.objects.select_for_update().get(pk=criterion.pk)
    latest = criterion.versions.order_by("-number").first()
    fields = {name: wording.get(name, "") for name in WORDING}
    if latest and latest.is_current and all(getattr(latest, k) == v for k, v in fields.items()):
        return latest
    criterion.versions.filter(is_current=True).update(is_current=False)
    return CriterionVersion.objects.create(
        criterion=criterion,
        number=latest.number + 1 if latest else 1,
        meaning=max(latest.meaning + int(new_question) if latest else 1, meaning),
        **fields,
    )


@transaction.atomic
def draft_definition(
    *,
    definition: Definition,
    statement: str,
    rule: Any,
    reading: str,
    author: User | None = None,
    change_note: str = "",
    forked_from: DefinitionVersion | None = None,
    **wording: Any,
) -> DefinitionVersion:
    """Write the next version of a definition as a draft.

    Args:
        wording: the other fields named in `Wording.WRITTEN`.

    Raises:
        RuleRefused: when the rule names an unknown criterion or has an impossible form.
        PermissionError: when *author* neither owns the definition nor is staff.
    """
    if author is not None and not acts_as_owner(definition, author):
        raise PermissionError("Only its owner and staff may write a definition's next version.")
    check_rule(rule)
    Definition.objects.select_for_update().get(pk=definition.pk)
    latest = definition.versions.order_by("-number").first()
    # What began as a fork stays one, however often it is changed.
    forked_from = forked_from or (latest and latest.forked_from)
    if forked_from is not None and forked_from.definition_id != definition.pk:
        definition.name = fork_name(definition.name)
        definition.save(update_fields=["name"])
    return DefinitionVersion.objects.create(
        definition=definition,
        number=latest.number + 1 if latest else 1,
        author=author,
        statement=statement,
        rule=rule,
        reading=reading,
        change_note=change_note,
        forked_from=forked_from,
        **wording,
    )


def check_rule(rule: Any) -> None:
    """Raise RuleRefused for a rule of unknown or retired criteria or of impossible form.

    Makes one query.
    """
    successors = dict(Criterion.objects.values_list("key", "successors"))
    errors = [f"{error.place}: {error.message}" for error in check(rule, set(successors))]
    if not errors:
        errors = [
            f"“{key}” is retired: use {' or '.join(f'“{other}”' for other in successors[key])}."
            for key in criteria(rule)
            if successors[key]
        ]
    if errors:
        raise RuleRefused(errors)


def fork_name(name: str) -> str:
    """A name that says “fork” wherever it stands."""
    if name.startswith("Fork of ") or name.endswith(FORK):
        return name
    return name[: LONGEST_NAME - len(FORK)] + FORK


def words_after(version: DefinitionVersion) -> str:
    """Whose statement a version changes; empty where it still says what its source says.

    White space is no change. The catalogue, and whoever founded a definition, say themselves
    where its words come from; a fork has its parent's words or the writer's own.
    """
    before = version.forked_from
    if before is None and version.author_id != version.definition.owner_id:
        before = version.definition.versions.of_everyone().filter(after="").last()
    if before is None:
        return ""
    same = same_words(before.statement, version.statement)
    return "" if same and not before.after else before.whose


def claims_too_much(version: DefinitionVersion) -> bool:
    """Whether words would pass for read in their source that nobody read there."""
    definition = version.definition
    if definition.verification != Verification.READ or version.after:
        return False
    before = definition.versions.of_everyone().filter(after="").last()
    return before is None or not same_words(before.statement, version.statement)


def same_words(one: str, other: str) -> bool:
    """Whether two statements differ in nothing but white space."""
    return one.split() == other.split()


def outdated_reading(rule: Any, reading: str, base: DefinitionVersion | None) -> str:
    """Why a reading is still that of another rule; empty where it is not.

    Args:
        base: the version that was changed, None where there is none.
    """
    if base is None or rule == base.rule or reading != base.reading:
        return ""
    return (
        f"The rule is not that of version {base.number} any more, and this sentence still is: "
        "say what your rule counts."
    )


def next_number(definition: Definition) -> int:
    """The number after the highest; the caller holds the definition's lock."""
    latest = definition.versions.order_by("-number").first()
    return latest.number + 1 if latest else 1


def locked_definition(version: DefinitionVersion) -> Definition:
    """A version's definition, held against other moves, and the version as it is now.

    Raises:
        MoveRefused: when somebody threw the version away meanwhile.
    """
    try:
        definition = Definition.objects.select_for_update().get(pk=version.definition_id)
        version.refresh_from_db()
    except (Definition.DoesNotExist, DefinitionVersion.DoesNotExist):
        raise MoveRefused("This draft was thrown away meanwhile.") from None
    return definition


@transaction.atomic
def publish_version(
    *, version: DefinitionVersion, actor: User | None = None, related: bool = True
) -> DefinitionVersion:
    """Put a draft in force and pin the criterion wordings that it means.

    What it says by logic beside the others is stored with it, unless the caller does that for
    many at once (`related`).

    A draft that was overtaken, because a later version was published before it, gets the next
    number: versions are numbered as they came into force.

    Raises:
        MoveRefused: when the version is not a draft, or was thrown away meanwhile; when others
            than its owner retired the definition, except to staff.
        NameTaken: when it was never published, and its name reads as another definition's; the
            catalogue is not asked.
        ValueError: when its rule names a criterion without words.
        PermissionError: when *actor* neither owns the definition nor is staff.
    """
    definition = locked_definition(version)
    move = checked("publish", definition, version.state, actor)
    if definition.merged_into_id is not None:
        raise MoveRefused("This definition was merged into another: restore it first.")
    if actor is not None and not actor.is_staff and is_retired_by_staff(definition, actor):
        raise MoveRefused("Staff retired this definition, and only staff restores it.")
    published_before = definition.versions.of_everyone()
    if actor is not None and not published_before.exists():
        check_free(definition)
    pins = list(CriterionVersion.objects.for_keys(version.keys))
    wordless = set(version.keys) - {wording.criterion.key for wording in pins}
    if wordless:
        raise ValueError(
            "The rule names criteria that have no wording yet: " + ", ".join(sorted(wordless)) + "."
        )
    if published_before.filter(number__gt=version.number).exists():
        version.number = next_number(definition)
    Pin.objects.bulk_create(
        Pin(definition_version=version, criterion_version=wording) for wording in pins
    )
    definition.versions.filter(is_current=True).update(is_current=False)
    version.after = words_after(version)
    version.quoted = version.quoted and not version.after
    if actor is not None and not actor.may_check_wordings and claims_too_much(version):
        definition.verification = Verification.UNVERIFIED
        definition.save(update_fields=["verification"])
    version.state = State.PUBLISHED
    version.published_at = timezone.now()
    version.is_current = True
    version.save(update_fields=["number", "after", "quoted", "state", "published_at", "is_current"])
    record_move(version=version, move=move, actor=actor)
    if related:
        relate_version(version=version)
    return version


def record_move(
    *,
    version: DefinitionVersion,
    move: Move,
    actor: User | None,
    reason: str = "",
    merged_into: Definition | None = None,
) -> StateChange:
    """Write down that a version moved: who, when and why."""
    change = StateChange.objects.create(
        version=version,
        verb=move.verb,
        before=move.before,
        after=move.after,
        actor=actor,
        reason=reason,
        merged_into=merged_into,
    )
    # What a site is shipped with is no news of it.
    if actor is not None or version.number > 1:
        tell(
            HAPPENED[move.verb],
            version,
            actor=actor,
            title=version.definition.name,
            number=version.number,
            words=reason or (version.change_note if move.verb == "publish" else ""),
        )
    return change
