"""Which definitions no worked case parts."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from evaluations.definitions.catalogue import read
from evaluations.definitions.models import DefinitionVersion
from evaluations.rules import apply_absence_policy, criteria, evaluate

CASES = "cases.json"


@cache
def worked_cases() -> tuple[dict[str, Any], ...]:
    """The made-up outputs of the catalogue: answers, and how visible the trace is."""
    return tuple(read(CASES))


def seen_on(
    case: Mapping[str, Any], rule: Any, absence_policy: str, process: Collection[str]
) -> dict[str, str]:
    """A case's answers to a rule's criteria, after the absence policy, as on a board.

    Args:
        process: keys of criteria that are about the process, from `process_of`.
    """
    keys = criteria(rule)
    return apply_absence_policy(
        {key: case["answers"][key] for key in keys if key in case["answers"]},
        policy=absence_policy,
        visibility=case["trace_visibility"],
        process={key for key in keys if key in process},
    )


def process_of(version: DefinitionVersion) -> set[str]:
    """Keys of the criteria that a version's wordings ask about the process."""
    return {key for key, wording in version.wordings.items() if wording.criterion.process}


def answers_on_cases(version: DefinitionVersion) -> list[str]:
    """What a version says of each worked case. Reads the prefetched pins."""
    process = process_of(version)
    return [
        evaluate(version.rule, seen_on(case, version.rule, version.absence_policy, process))
        for case in worked_cases()
    ]


def parts(one: str, other: str) -> bool:
    """Whether two answers part definitions: the one yes, the other known and not yes."""
    return one != other and "yes" in (one, other) and "cannot-tell" not in (one, other)


def unparted(
    versions: Sequence[DefinitionVersion],
) -> list[tuple[DefinitionVersion, DefinitionVersion]]:
    """The pairs that no worked case parts, in the order of the versions."""
    said = {version.pk: answers_on_cases(version) for version in versions}
    return [
        (one, other)
        for one, other in combinations(versions, 2)
        if not any(map(parts, said[one.pk], said[other.pk]))
    ]
