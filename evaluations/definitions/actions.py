"""Writing criteria and definitions. A change of wording is always a new version."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
    Pin,
    State,
)
from evaluations.rules import check

WORDING = (
    "title",
    "question",
    "guidance",
    "positive_example",
    "positive_why",
    "negative_example",
    "negative_why",
)


class RuleRefused(Exception):
    """The rule cannot be used; `errors` lists what is wrong and where."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


@transaction.atomic
def word_criterion(
    *, criterion: Criterion, wording: Mapping[str, str], new_question: bool = False
) -> CriterionVersion:
    """Put a wording of *criterion* in force, as a new version unless nothing changed.

    Args:
        wording: the fields named in `WORDING`.
        new_question: earlier answers do not carry over to this wording.
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
        meaning=(latest.meaning + int(new_question)) if latest else 1,
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
    quoted: bool = True,
    absence_policy: str = "may-be-latent",
    partly_policy: str = "not-met",
    note: str = "",
    forked_from: DefinitionVersion | None = None,
) -> DefinitionVersion:
    """Write the next version of a definition as a draft.

    Raises:
        RuleRefused: when the rule names an unknown criterion or has an impossible form.
        PermissionError: when *author* neither owns the definition nor is staff.
    """
    if author is not None and not (author.is_staff or definition.owner_id == author.pk):
        raise PermissionError("Only its owner and staff may write a definition's next version.")
    errors = check(rule, set(Criterion.objects.values_list("key", flat=True)))
    if errors:
        raise RuleRefused([f"{error.place}: {error.message}" for error in errors])
    Definition.objects.select_for_update().get(pk=definition.pk)
    latest = definition.versions.order_by("-number").first()
    return DefinitionVersion.objects.create(
        definition=definition,
        number=latest.number + 1 if latest else 1,
        statement=statement,
        quoted=quoted,
        rule=rule,
        reading=reading,
        absence_policy=absence_policy,
        partly_policy=partly_policy,
        note=note,
        forked_from=forked_from,
    )


@transaction.atomic
def publish_version(*, version: DefinitionVersion, actor: User | None = None) -> DefinitionVersion:
    """Put a draft in force and pin the criterion wordings that it means.

    Raises:
        ValueError: when the version is not a draft, or its rule names a criterion without words.
        PermissionError: when *actor* neither owns the definition nor is staff.
    """
    definition = Definition.objects.select_for_update().get(pk=version.definition_id)
    if actor is not None and not (actor.is_staff or definition.owner_id == actor.pk):
        raise PermissionError("Only its owner and staff may publish a definition's version.")
    version.refresh_from_db()
    if version.state != State.DRAFT:
        raise ValueError("Only a draft can be published.")
    pins = list(CriterionVersion.objects.for_keys(version.keys))
    wordless = set(version.keys) - {wording.criterion.key for wording in pins}
    if wordless:
        raise ValueError(
            "The rule names criteria that have no wording yet: " + ", ".join(sorted(wordless)) + "."
        )
    Pin.objects.bulk_create(
        Pin(definition_version=version, criterion_version=wording) for wording in pins
    )
    definition.versions.filter(is_current=True).update(is_current=False)
    version.state = State.PUBLISHED
    version.published_at = timezone.now()
    version.is_current = True
    version.save(update_fields=["state", "published_at", "is_current"])
    return version
