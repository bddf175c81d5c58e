"""How a rule comes out on the worked cases of the catalogue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from evaluations.definitions.models import CriterionVersion
from evaluations.definitions.rule_editor import titles_of
from evaluations.leaderboards.boards.standings import VERDICT_ORDER
from evaluations.rules import Explanation, apply_absence_policy, criteria, explain

CASES: Final = Path(__file__).parents[2] / "definitions" / "catalogue" / "cases.json"


@dataclass(frozen=True, slots=True)
class Case:
    """A worked case under the rule, and why it comes out so."""

    name: str
    description: str
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class CasesUnder:
    """Every worked case under one rule, in the catalogue's order."""

    each: tuple[Case, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Cases by verdict."""
        verdicts: list[str] = [case.explanation.verdict for case in self.each]
        return {verdict: verdicts.count(verdict) for verdict in VERDICT_ORDER}


@cache
def worked_cases() -> list[dict[str, Any]]:
    """The made-up outputs of the catalogue: answers, and how visible the trace is."""
    cases: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))
    return cases


def cases_under(rule: Any, absence_policy: str, wordings: Sequence[CriterionVersion]) -> CasesUnder:
    """Every worked case under a rule, after the absence policy, as on a board.

    Args:
        wordings: which criteria ask about the process, and their titles.
    """
    keys = criteria(rule)
    titles = titles_of(wordings)
    process = {
        wording.criterion.key for wording in wordings if wording.criterion.process
    }.intersection(keys)
    found = []
    for case in worked_cases():
        given = {key: case["answers"][key] for key in keys if key in case["answers"]}
        seen = apply_absence_policy(
            given,
            policy=absence_policy,
            visibility=case["trace_visibility"],
            process=process,
        )
        found.append(Case(case["name"], case["description"], explain(rule, seen, titles)))
    return CasesUnder(tuple(found))
