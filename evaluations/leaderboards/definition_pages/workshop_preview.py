"""What a rule that nobody saved yet makes of the worked cases and of the outputs known so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evaluations.definitions.logic import stated_on
from evaluations.definitions.models import AbsencePolicy, CriterionVersion, DefinitionVersion
from evaluations.definitions.rule_editor import titles_of
from evaluations.leaderboards.boards.standings import (
    VERDICT_ORDER,
    Reading,
    Standing,
    draft_reading,
    leaderboard,
    outputs_with,
)
from evaluations.leaderboards.definition_pages.cases import CasesUnder, cases_under
from evaluations.leaderboards.logic.edits import EditByLogic, edit_by_logic
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output

SHOWN: Final = 5
"""Outputs that are named under each verdict."""


@dataclass(frozen=True, slots=True)
class Found:
    """Outputs with one verdict: how many, and the first few."""

    verdict: str
    count: int
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A rule under test. `lacking`: wordings that were asked about no output."""

    cases: CasesUnder
    standings: tuple[Standing, ...]
    found: tuple[Found, ...]
    lacking: tuple[CriterionVersion, ...]

    @property
    def asked(self) -> int:
        """Outputs on which the whole rule was asked."""
        return sum(each.count for each in self.found)


def preview(
    rule: Any, absence_policy: str, partly_policy: str, wordings: Sequence[CriterionVersion]
) -> Preview:
    """What a valid rule gives now. Makes four queries beside those that keep the matrix fresh.

    Args:
        wordings: those in force, as `criteria_in_force` gives them.
    """
    reading = draft_reading(rule, absence_policy, partly_policy)
    held = current_matrix()
    verdicts = outputs_with(reading, held)
    standings = leaderboard(reading, held)
    return Preview(
        cases=cases_under(rule, absence_policy, wordings),
        standings=tuple(standing for standing in standings if standing.tally.n),
        found=found_in(verdicts),
        lacking=() if verdicts else lacking(reading, held, wordings),
    )


def found_in(verdicts: Mapping[int, str]) -> tuple[Found, ...]:
    """The outputs of each verdict, the newest first. Makes one query."""
    by_verdict: dict[str, list[int]] = {verdict: [] for verdict in VERDICT_ORDER}
    for pk in sorted(verdicts, reverse=True):
        by_verdict[verdicts[pk]].append(pk)
    wanted = [pk for pks in by_verdict.values() for pk in pks[:SHOWN]]
    rows = Output.objects.filter(pk__in=wanted).select_related(
        "prompt", "run__model", "run__recipe"
    )
    outputs = {output.pk: output for output in rows.defer("text", "trace", "answer")}
    return tuple(
        Found(verdict, len(pks), tuple(outputs[pk] for pk in pks[:SHOWN] if pk in outputs))
        for verdict, pks in by_verdict.items()
    )


def lacking(
    reading: Reading, held: Matrix, wordings: Sequence[CriterionVersion]
) -> tuple[CriterionVersion, ...]:
    """Wordings of the rule that were asked about no output."""
    selection = Selection()
    never = {
        key
        for key, column in reading.columns.items()
        if not held.column(column, selection).asked.any()
    }
    return tuple(wording for wording in wordings if wording.criterion.key in never)


def edit_in_words(
    rule: Any,
    policies: Mapping[str, str],
    wordings: Sequence[CriterionVersion],
    about: Mapping[str, Any],
) -> EditByLogic | None:
    """What a valid rule does by logic to the one that it began as; None where nothing was edited.

    Args:
        about: what the page is about: the version that is forked or amended as `source`, the one
            in force as `current`, the draft as `version`, where there are any.
    """
    before: DefinitionVersion | None = about.get("source") or about.get("current")
    draft: DefinitionVersion | None = about.get("version")
    if before is None and draft is not None:
        before = draft.forked_from
    policy = policies.get("absence_policy", AbsencePolicy.LATENT)
    if before and (before.rule, before.absence_policy) == (rule, policy):
        return None
    others = DefinitionVersion.objects.curated()
    edited = stated_on(rule, policy, wordings)
    found = edit_by_logic(edited, before, titles_of(wordings), others)
    return found if before or found.same_as else None
