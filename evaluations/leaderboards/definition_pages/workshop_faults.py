"""What keeps a definition from being saved, as the actions say it, but all of it at once."""

from collections.abc import Callable, Mapping
from typing import Any

from evaluations.accounts.models import User
from evaluations.definitions.actions import fork_name
from evaluations.definitions.models import Definition
from evaluations.definitions.names import NameTaken, check_name
from evaluations.definitions.workshop_actions import (
    READ_THERE,
    DefinitionRefused,
    check_claim,
    free_slug,
)


def faults_of(
    *,
    actor: User,
    said: Mapping[str, Any],
    definition: Definition | None,
    is_fork: bool,
    is_shown: bool,
) -> list[DefinitionRefused | NameTaken]:
    """What `found_definition`, `describe_definition` and `publish_version` would refuse of a form
    one after the other. Each of them still asks for itself: meanwhile somebody may be quicker.

    Args:
        said: the cleaned fields; where one is missing, what reads it is not asked.
        definition: None where one is founded.
        is_shown: whether others read it once it is saved, so that its name must be free.
    """

    def claim() -> None:
        if {"verification", *READ_THERE} <= said.keys():
            check_claim(actor, said, definition)

    def address() -> None:
        if definition is None and {"name", "slug"} <= said.keys():
            free_slug(said["name"], said["slug"])

    def name() -> None:
        if not is_shown or "name" not in said:
            return
        name = fork_name(said["name"]) if is_fork else said["name"]
        if definition is None or name != definition.name or not is_published(definition):
            check_name(name, definition)

    checks: tuple[Callable[[], None], ...] = (claim, address, name)
    found: list[DefinitionRefused | NameTaken] = []
    for check in checks:
        try:
            check()
        except (DefinitionRefused, NameTaken) as fault:
            found.append(fault)
    return found


def is_published(definition: Definition) -> bool:
    return definition.versions.of_everyone().exists()
