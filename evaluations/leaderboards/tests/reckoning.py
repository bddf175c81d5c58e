"""A board reckoned slowly, one output at a time, from the rows alone: no arrays, no rules package.

It follows what the method page promises and shares no code with what it checks.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Answer, Finding, Judgment
from evaluations.runs.models import Output

RANK = {"no": 0, "partly": 1, "yes": 2}
WORD = {0: "no", 1: "partly", 2: "yes"}
UNKNOWN = "cannot-tell"


def keys_of(rule: Any) -> set[str]:
    if isinstance(rule, str):
        return {rule}
    (parts,) = [value for name, value in rule.items() if name != "at_least"]
    parts = parts if isinstance(parts, list) and "not" not in rule else [parts]
    return set().union(*(keys_of(part) for part in parts))


def ends(rule: Any, values: dict[str, str]) -> tuple[int, int]:
    """What the rule comes to with the unknowns all against it, and all for it."""
    if isinstance(rule, str):
        value = values.get(rule, UNKNOWN)
        return (0, 2) if value == UNKNOWN else (RANK[value], RANK[value])
    if "not" in rule:
        low, high = ends(rule["not"], values)
        return 2 - high, 2 - low
    parts = [ends(part, values) for part in rule.get("all") or rule.get("any") or rule["of"]]
    if "all" in rule:
        return min(low for low, _ in parts), min(high for _, high in parts)
    if "any" in rule:
        return max(low for low, _ in parts), max(high for _, high in parts)
    place = rule["at_least"] - 1
    return (
        sorted((low for low, _ in parts), reverse=True)[place],
        sorted((high for _, high in parts), reverse=True)[place],
    )


def verdict(rule: Any, values: dict[str, str]) -> str:
    low, high = ends(rule, values)
    return WORD[low] if low == high else UNKNOWN


def median(values: Iterable[str]) -> str:
    known = sorted(RANK[value] for value in values if value != UNKNOWN)
    return WORD[known[(len(known) - 1) // 2]] if known else UNKNOWN


def vote(verdicts: list[str], how: str) -> str:
    known = [v for v in verdicts if v != UNKNOWN]
    if how == "majority":
        for value in RANK:
            if known.count(value) * 2 > len(known):
                return value
        return UNKNOWN
    settling = "yes" if how == "any" else "no"
    if settling in known:
        return settling
    if not known or len(known) < len(verdicts):
        return UNKNOWN
    ranks = [RANK[v] for v in known]
    return WORD[max(ranks) if how == "any" else min(ranks)]


class Rows:
    """All that boards are reckoned from, read once."""

    def __init__(self) -> None:
        self.answers = list(
            Answer.objects.filter(is_current=True).select_related(
                "judge", "judgment__item__version", "criterion", "criterion_version"
            )
        )
        # What a form says about the prompt was given under the protocol of the form.
        self.under = set(
            Judgment.objects.values_list("judge", "form_token", "item__version__protocol")
        )
        self.findings = list(
            Finding.objects.filter(is_current=True, withdrawn_at=None)
            .select_related("criterion_version__criterion")
            .order_by("id")
        )
        self.outputs = list(
            Output.objects.filter(
                state__in=["done", "failed"], withdrawn_at=None, run__withdrawn_at=None
            ).select_related("run", "prompt__prompt_set")
        )


class Board:
    """One definition under one question, output by output."""

    def __init__(
        self,
        rows: Rows,
        version: DefinitionVersion,
        *,
        judges: str = "people",
        unblinded: bool = False,
        also_judge: int | None = None,
        protocol: int | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
        combine: str = "median",
        road: str = "computed",
        **scope: Any,
    ) -> None:
        self.rows = rows
        self.version = version
        self.kinds = {"people": {"person"}, "guests": {"person", "guest"}, "models": {"model"}}[
            judges
        ]
        self.unblinded = unblinded
        self.also_judge = also_judge
        self.protocol = protocol
        self.since = since
        self.until = until
        self.scope = scope
        self.combine = combine
        self.road = road
        pinned = [(w.criterion, w) for w in version.criterion_versions.select_related("criterion")]
        self.meaning = {criterion.key: wording.meaning for criterion, wording in pinned}
        self.process = {criterion.key: criterion.process for criterion, _ in pinned}
        self.answers = [answer for answer in rows.answers if self.counts(answer)]

    def counts(self, answer: Answer) -> bool:
        """Counted, and about this definition: a criterion as it means it, or its wording."""
        wording = answer.criterion_version
        if answer.criterion and wording:
            if self.meaning.get(answer.criterion.key) != wording.meaning:
                return False
        elif answer.definition_version_id != self.version.pk:
            return False
        if answer.judge_id == self.also_judge:
            return True
        return (
            answer.judge.kind in self.kinds
            and (answer.judgment.blind or self.unblinded)
            and self.under(answer.judgment)
        )

    def under(self, judgment: Judgment) -> bool:
        """Saved under the protocol and on the days that are asked for."""
        day = judgment.created_at.astimezone(dt.UTC).date()
        form = (judgment.judge_id, judgment.form_token, self.protocol)
        if self.protocol is not None and form not in self.rows.under:
            return False
        return not (self.since and day < self.since) and not (self.until and day > self.until)

    def in_scope(self, output: Output) -> bool:
        found = {
            "domain": output.prompt.prompt_set.domain,
            "prompt_set": output.prompt.prompt_set_id,
            "model": output.run.model_id,
            "recipe": output.run.recipe_id,
        }
        return all(found[name] == wanted for name, wanted in self.scope.items())

    def given(self, key: str, output: Output) -> list[Answer]:
        """Counted answers to a criterion about an output or its prompt."""
        return [
            answer
            for answer in self.answers
            if (answer.output_id == output.pk or answer.prompt_id == output.prompt_id)
            and answer.criterion
            and answer.criterion.key == key
        ]

    def found(self, key: str, output: Output) -> str | None:
        """The newest finding that concerns the output; None without one."""
        run = output.run
        family = output.prompt.family_id
        value = None
        for finding in self.rows.findings:
            wording = finding.criterion_version
            if wording.criterion.key != key or wording.meaning != self.meaning[key]:
                continue
            if (
                finding.output_id == output.pk
                or finding.prompt_id == output.prompt_id
                or (finding.model_id == run.model_id and finding.recipe_id is None)
                or (
                    finding.model_id == run.model_id
                    and finding.recipe_id == run.recipe_id
                    and finding.family_id == family
                    and family is not None
                )
            ):
                value = finding.value
        return value

    def by_policy(self, values: dict[str, str], output: Output) -> dict[str, str]:
        if self.version.absence_policy != "must-be-shown":
            return values
        if output.trace_visibility not in {"summary", "redacted", "hidden"}:
            return values
        return {
            key: "no" if value == UNKNOWN and self.process[key] else value
            for key, value in values.items()
        }

    def says(self, output: Output) -> str | None:
        """The verdict on an output, as an answer; None where the rule was not asked."""
        if output.state == "failed":
            return None
        if self.road == "direct":
            direct = [
                a.value
                for a in self.answers
                if a.definition_version_id and a.output_id == output.pk
            ]
            return median(direct) if direct else None
        given = {key: self.given(key, output) for key in keys_of(self.version.rule)}
        found = {key: self.found(key, output) for key in given}
        if self.combine == "median" or not any(given.values()):
            values = {
                key: median(a.value for a in answers) if answers else found[key]
                for key, answers in given.items()
            }
            if None in values.values():
                return None
            return verdict(self.version.rule, self.by_policy(values, output))
        verdicts = []
        for judge in {a.judge_id for answers in given.values() for a in answers}:
            own = {
                key: next((a.value for a in answers if a.judge_id == judge), found[key])
                for key, answers in given.items()
            }
            if None not in own.values():
                verdicts.append(verdict(self.version.rule, self.by_policy(own, output)))
        return vote(verdicts, self.combine) if verdicts else None

    def reckon(self) -> dict[tuple[int, int], dict[str, Any]]:
        """(model, recipe) to the counts and shares of a row of the board."""
        counts: dict[tuple[int, int], Counter[str]] = {}
        for output in filter(self.in_scope, self.rows.outputs):
            row = counts.setdefault((output.run.model_id, output.run.recipe_id), Counter())
            row["outputs"] += 1
            said = self.says(output)
            if said is not None:
                row["n"] += 1
                row[said] += 1
        return {place: self.row(counted) for place, counted in counts.items()}

    def row(self, counted: Counter[str]) -> dict[str, Any]:
        n, outputs, unknown = counted["n"], counted["outputs"], counted[UNKNOWN]
        met = counted["yes"] + (counted["partly"] if self.version.partly_policy == "met" else 0)
        return {
            "outputs": outputs,
            "n": n,
            "met": met,
            "partly": counted["partly"],
            "not_met": n - met - unknown,
            "undetermined": unknown,
            "share": met / n if n else None,
            "low": met / n if n else None,
            "high": (met + unknown) / n if n else None,
            "coverage": n / outputs,
        }
