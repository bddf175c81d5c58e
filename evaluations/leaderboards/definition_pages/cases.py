"""How a rule comes out on the worked cases of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.definitions.gaps import seen_on, worked_cases
from evaluations.definitions.models import CriterionVersion
from evaluations.definitions.rule_editor import titles_of
from evaluations.leaderboards.boards.standings import VERDICT_ORDER
from evaluations.rules import Explanation, explain


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


def cases_under(rule: Any, absence_policy: str, wordings: Sequence[CriterionVersion]) -> CasesUnder:
    """Every worked case under a rule, after the absence policy, as on a board.

    Args:
        wordings: which criteria ask about the process, and their titles.
    """
    titles = titles_of(wordings)
    named = {wording.criterion.key: wording for wording in wordings}
    found = []
    for case in worked_cases():
        seen = seen_on(case, rule, absence_policy, named)
        found.append(Case(case["name"], case["description"], explain(rule, seen, titles)))
    return CasesUnder(tuple(found))
