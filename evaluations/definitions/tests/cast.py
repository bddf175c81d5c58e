"""People, criteria and definitions for the tests of the workshop."""

from typing import Any

from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.actions import draft_definition, publish_version, word_criterion
from evaluations.definitions.models import Criterion, Definition, DefinitionVersion
from evaluations.definitions.workshop_actions import found_definition

KEYS = ("one", "two", "three")


def make_criteria(*keys: str) -> None:
    """Criteria about outputs, each with a wording in force."""
    for position, key in enumerate(keys or KEYS, start=1):
        criterion = Criterion.objects.create(
            key=key, level="output", answered_by="judge", position=position
        )
        words = {"title": f"has {key}", "question": f"Has it {key}?", "guidance": "Look."}
        word_criterion(criterion=criterion, wording=words)


def make_user(name: str, **fields: Any) -> User:
    return User.objects.create_user(name, **fields)


def wording(**changes: Any) -> dict[str, Any]:
    """What a version says; fields may be given."""
    return {
        "statement": "drawing conclusions from observations",
        "quoted": True,
        "rule": {"all": ["one", "two"]},
        "reading": "Counts what has one and two.",
        "absence_policy": "may-be-latent",
        "partly_policy": "not-met",
        "note": "",
        "positive_example": "",
        "positive_why": "",
        "negative_example": "",
        "negative_why": "",
        **changes,
    }


def provenance(**changes: Any) -> dict[str, Any]:
    """Where a definition comes from; fields may be given."""
    return {
        "name": "Taylor, as quoted",
        "kind": "definition",
        "author": "Ross Taylor",
        "year": 2025,
        "source": "A talk",
        "link": "https://example.org/talk",
        "verification": "second-hand",
        **changes,
    }


def make_draft(owner: User, name: str = "Taylor", **changes: Any) -> DefinitionVersion:
    """A definition of somebody's own, not published yet."""
    return found_definition(
        owner=owner, provenance=provenance(name=name), wording=wording(**changes)
    )


def make_published(owner: User | None, name: str = "Taylor", **changes: Any) -> DefinitionVersion:
    """A published definition; without an owner it is one of the catalogue."""
    if owner is not None:
        return publish_version(version=make_draft(owner, name, **changes), actor=owner)
    definition = Definition.objects.create(
        slug=name.lower(), curated_at=timezone.now(), **provenance(name=name)
    )
    return publish_version(version=draft_definition(definition=definition, **wording(**changes)))
