"""How rules come out on the worked cases of the catalogue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.urls import reverse

from evaluations.definitions.catalogue.gaps import seen_on, worked_cases
from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.leaderboards.boards.standings import VERDICT_ORDER
from evaluations.rules import Explanation, criteria, explain


@dataclass(frozen=True, slots=True)
class Case:
    """A worked case; `prompt` and `reply` are empty where nothing was written out to read."""

    key: str
    name: str
    description: str
    trace_visibility: str
    prompt: str = ""
    reply: str = ""

    def get_absolute_url(self) -> str:
        return address_of(self.key)


@dataclass(frozen=True, slots=True)
class Explained:
    """A worked case under one rule, and why it comes out so."""

    case: Case
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class CasesUnder:
    """Every worked case under one rule, in the catalogue's order."""

    each: tuple[Explained, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Cases by verdict."""
        return counts_of(self.each)


@dataclass(frozen=True, slots=True)
class Said:
    """What one definition says of a case."""

    version: DefinitionVersion
    case: Case
    explanation: Explanation

    @property
    def verdict(self) -> str:
        return self.explanation.verdict

    @property
    def label(self) -> str:
        return self.version.definition.name

    @property
    def href(self) -> str:
        """Where it says why."""
        return f"{self.case.get_absolute_url()}#{self.version.definition.slug}"


@dataclass(frozen=True, slots=True)
class CaseUnder:
    """One case under several definitions: `said` in their order, `by_verdict` as marks stand."""

    case: Case
    said: tuple[Said, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Definitions by verdict."""
        return counts_of(self.said)

    @property
    def by_verdict(self) -> list[Said]:
        return sorted(self.said, key=lambda said: VERDICT_ORDER.index(said.verdict))


@cache
def address_of(key: str) -> str:
    """Where a case is read; kept, as a table of them asks hundreds of times."""
    return reverse("case", args=[key])


def counts_of(found: Sequence[Explained | Said]) -> dict[str, int]:
    verdicts = [str(each.explanation.verdict) for each in found]
    return {verdict: verdicts.count(verdict) for verdict in VERDICT_ORDER}


@cache
def all_cases() -> dict[str, Case]:
    """Every case by its key, in the catalogue's order."""
    found = [
        Case(
            key=each["id"].lower(),
            name=each["name"],
            description=each["description"],
            trace_visibility=each["trace_visibility"],
            prompt=each.get("prompt", ""),
            reply=each.get("reply", ""),
        )
        for each in worked_cases()
    ]
    return {case.key: case for case in found}


@cache
def cases_to_read() -> tuple[Case, ...]:
    """Those whose reply is written out."""
    return tuple(case for case in all_cases().values() if case.reply)


def cases_under(rule: Any, absence_policy: str, wordings: Sequence[CriterionVersion]) -> CasesUnder:
    """Every worked case under a rule, after the absence policy, as on a board.

    Args:
        wordings: which criteria ask about the process, and their titles.
    """
    keys = set(criteria(rule))
    asked = tuple(
        (wording.criterion.key, wording.title, wording.criterion.process)
        for wording in wordings
        if wording.criterion.key in keys
    )
    return explained(json.dumps(rule), absence_policy, asked)


@lru_cache(maxsize=1000)
def explained(
    rule: str, absence_policy: str, asked: tuple[tuple[str, str, bool], ...]
) -> CasesUnder:
    """The same from a rule as JSON and the key, title and process flag of what it asks.

    Kept, as the front page asks every curated rule about every case.
    """
    parsed = json.loads(rule)
    titles = {key: title for key, title, _ in asked}
    process = {key for key, _, is_process in asked if is_process}
    found = []
    for case, entry in zip(all_cases().values(), worked_cases(), strict=True):
        seen = seen_on(entry, parsed, absence_policy, process)
        found.append(Explained(case, explain(parsed, seen, titles)))
    return CasesUnder(tuple(found))


def under_all(versions: Sequence[DefinitionVersion]) -> dict[str, CaseUnder]:
    """Each case by its key under each of the versions, whose pins are fetched."""
    rows = [
        cases_under(version.rule, version.absence_policy, list(version.wordings.values())).each
        for version in versions
    ]
    return {
        case.key: CaseUnder(
            case,
            tuple(
                Said(version, case, row[place].explanation)
                for version, row in zip(versions, rows, strict=True)
            ),
        )
        for place, case in enumerate(all_cases().values())
    }
