"""Verdicts of every definition on one output, from one judge's answers or from all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluations.definitions.counted import counted
from evaluations.definitions.models import Criterion, DefinitionVersion
from evaluations.judgments.models import Answer, Finding
from evaluations.rules import VERDICTS, Explanation, apply_absence_policy, combine_judges, explain
from evaluations.runs.models import Output


@dataclass(frozen=True)
class VerdictOn:
    """What one definition says of an output, and why."""

    version: DefinitionVersion
    answers: Mapping[str, str]
    explanation: Explanation
    is_counted: bool = True

    @property
    def verdict(self) -> str:
        return str(self.explanation.verdict)

    @property
    def is_open(self) -> bool:
        return self.verdict == VERDICTS["cannot-tell"]

    @property
    def is_asked(self) -> bool:
        """Each criterion of the rule was asked, as a board wants it."""
        return self.answers.keys() >= set(self.version.keys)

    @property
    def is_settled(self) -> bool:
        """It counts where definitions are counted, as in `Disagreement.camps` of the boards."""
        return self.is_asked and not self.is_open and self.is_counted


def combined_answers(output: Output, answers: Iterable[Answer]) -> dict[tuple[str, int], str]:
    """(criterion key, meaning) to the median of the given answers, findings filled in.

    Makes one query, for the findings that concern this output.
    """
    values: dict[tuple[str, int], list[str]] = defaultdict(list)
    for answer in answers:
        if answer.criterion is not None and answer.criterion_version is not None:
            values[answer.criterion.key, answer.criterion_version.meaning].append(answer.value)
    combined: dict[tuple[str, int], str] = {
        (finding.criterion_version.criterion.key, finding.criterion_version.meaning): finding.value
        for finding in Finding.objects.about(output).order_by("id")
    }
    combined.update({key: combine_judges(given) for key, given in values.items()})
    return combined


def verdicts_on(output: Output, answers: Iterable[Answer]) -> list[VerdictOn]:
    """Every curated definition on an output, from the given answers. Makes five queries."""
    known = combined_answers(output, answers)
    process = set(Criterion.objects.filter(process=True).values_list("key", flat=True))
    versions = DefinitionVersion.objects.curated().with_pins()
    views = set(counted(versions))
    titles = {
        wording.criterion.key: f"“{wording.title}”"
        for version in versions
        for wording in version.pinned
    }
    found = []
    for version in versions:
        mine = {
            wording.criterion.key: known[wording.criterion.key, wording.meaning]
            for wording in version.pinned
            if (wording.criterion.key, wording.meaning) in known
        }
        seen = apply_absence_policy(
            mine,
            policy=version.absence_policy,
            visibility=output.trace_visibility,
            process=process.intersection(version.keys),
        )
        explanation = explain(version.rule, seen, titles)
        found.append(VerdictOn(version, mine, explanation, version in views))
    return found
