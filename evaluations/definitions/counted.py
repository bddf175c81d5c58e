"""Which definitions count in a sentence about definitions."""

import json
from collections.abc import Hashable, Iterable
from functools import lru_cache

from evaluations.definitions.models import DefinitionVersion
from evaluations.rules import normal


def counted(versions: Iterable[DefinitionVersion]) -> list[DefinitionVersion]:
    """Those that are no forks; of rules that evaluate alike the first. Reads the prefetched pins.

    Anybody may fork a definition or write an equal rule: that is no further view.
    """
    found: dict[Hashable, DefinitionVersion] = {}
    for version in versions:
        if version.forked_from_id is None:
            found.setdefault(evaluated_as(version), version)
    return list(found.values())


def evaluated_as(version: DefinitionVersion) -> Hashable:
    """What a version's verdicts rest on: two that share it say the same of every output."""
    pins = sorted((key, wording.meaning) for key, wording in version.wordings.items())
    return normal_text(json.dumps(version.rule)), tuple(pins), version.absence_policy


@lru_cache(maxsize=4096)
def normal_text(rule: str) -> str:
    """The normal form of a rule, both as JSON."""
    return json.dumps(normal(json.loads(rule)))
