"""Reading labels of steps: who said what, what a form starts from, what an output's page shows."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q

from evaluations.judgments.answers.steps import CORRECTNESS, NONE, StepAnswers
from evaluations.judgments.models import FirstError, Judge, StepLabel, StepRole
from evaluations.runs.models import Output, Step

IMPORTED = "import:"
"""How the page of a judgment begins that came with a data set instead of from this site."""


@dataclass(frozen=True, kw_only=True)
class LabelsOn:
    """What one judge says of an output's steps, of which there are `steps`."""

    output_id: int
    judge: Judge
    segmentation: int
    steps: int
    roles: Mapping[int, str]
    correctness: Mapping[int, int]
    first_error: int | None = None
    no_error: bool = False
    imported: bool = False


def labels_on(output: Output, judge: Judge | None = None) -> list[LabelsOn]:
    """Everybody's labels in force on *output*, or one judge's, by judge. Makes three queries."""
    return labels_in([output.pk], judges=None if judge is None else [judge.pk])


def labels_in(
    outputs: Iterable[int],
    *,
    judges: Iterable[int] | None = None,
    version: int | None = None,
    only: Q | None = None,
) -> list[LabelsOn]:
    """Labels in force on outputs, one entry a judge, output and segmentation version.

    Args:
        judges: only theirs.
        version: only those given under this protocol version.
        only: another condition on the rows, in place of being in force.

    Makes three queries, whatever the number of outputs; joins the judge.
    """
    outputs = list(outputs)
    wanted = Q(is_current=True) if only is None else only
    if judges is not None:
        wanted &= Q(judge__in=list(judges))
    if version is not None:
        wanted &= Q(judgment__item__version=version)
    counts = Counter(
        Step.objects.filter(output__in=outputs).values_list("output_id", "segmentation")
    )
    found: dict[tuple[int, int, int], dict[str, Any]] = {}

    def entry(row: StepLabel | FirstError, output: int, segmentation: int) -> dict[str, Any]:
        said = found.setdefault(
            (output, row.judge_id, segmentation),
            {"judge": row.judge, "roles": {}, "correctness": {}, "imported": False},
        )
        said["imported"] |= row.judgment.page.startswith(IMPORTED)
        return said

    joins = ("step", "judge", "judgment")
    for label in StepLabel.objects.filter(wanted, step__output__in=outputs).select_related(*joins):
        said = entry(label, label.step.output_id, label.step.segmentation)
        if label.role:
            said["roles"][label.step.index] = label.role
        if label.correctness is not None:
            said["correctness"][label.step.index] = label.correctness
    for error in FirstError.objects.filter(wanted, output__in=outputs).select_related(*joins):
        said = entry(error, error.output_id, error.segmentation)
        said["no_error"] = error.step is None
        said["first_error"] = None if error.step is None else error.step.index
    return [
        LabelsOn(
            output_id=output,
            segmentation=segmentation,
            steps=counts[output, segmentation],
            **said,
        )
        for (output, _, segmentation), said in sorted(found.items(), key=lambda item: item[0])
    ]


def first_error_of(said: LabelsOn | StepAnswers, steps: int) -> int | Literal["none"] | None:
    """A judge's first error: a step's index, "none" for no error, None where they left it open.

    Where it was not said outright, it follows from labels of correctness: the first wrong step if
    every step before it is marked; no error if all *steps* are marked and none is wrong.
    """
    if said.no_error:
        return "none"
    if said.first_error is not None:
        return said.first_error
    for index in range(steps):
        if index not in said.correctness:
            return None
        if said.correctness[index] == -1:
            return index
    return "none" if steps else None


def earlier_steps(
    judge: Judge | None, output: Output, *, undone: uuid.UUID | None = None
) -> dict[str, str]:
    """Initial values of `StepFields`: what this judge has in force, or what form *undone* said."""
    if judge is None:
        return {}
    theirs: list[LabelsOn] = []
    if undone is not None:
        theirs = labels_in([output.pk], judges=[judge.pk], only=Q(judgment__form_token=undone))
    theirs = theirs or labels_on(output, judge)
    if not theirs:
        return {}
    said = theirs[-1]
    initial = {f"role-{index}": role for index, role in said.roles.items()}
    initial |= {f"correct-{index}": str(value) for index, value in said.correctness.items()}
    if said.no_error or said.first_error is not None:
        initial["first-error"] = NONE if said.no_error else str(said.first_error)
    return initial


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """What judges say of one step, counted. `yours` puts the visitor's own labels in words."""

    number: int
    judges: int
    correctness: list[tuple[str, int]]
    roles: list[tuple[str, int]]
    first_error: int
    yours: str


@dataclass(frozen=True, kw_only=True)
class StepTable:
    """Labels of an output's steps, for its page. Counts are of judges; rows without any are out.

    `told` judges said where the first error is, `no_error` of them that there is none; `imported`
    of all `judges` came with the data set that the output is from.
    """

    rows: list[StepRow]
    judges: int
    told: int
    no_error: int
    imported: int
    yours: str


def step_table(output: Output, mine: Judge | None, within: Q | None = None) -> StepTable | None:
    """What everybody says of an output's steps; None where nobody labelled them.

    Only for pages that show others' answers. Makes three queries.

    Args:
        within: which labels may be shown; all of them where it is left out.
    """
    everybody = labels_in([output.pk], only=Q(is_current=True) & (within or Q()))
    if not everybody:
        return None
    newest = max(said.segmentation for said in everybody)
    everybody = [said for said in everybody if said.segmentation == newest]
    own = next((said for said in everybody if mine is not None and said.judge.pk == mine.pk), None)
    rows = []
    for index in range(max(said.steps for said in everybody)):
        marked = Counter(s.correctness[index] for s in everybody if index in s.correctness)
        roles = Counter(s.roles[index] for s in everybody if index in s.roles)
        first = sum(said.first_error == index for said in everybody)
        if not (marked or roles or first):
            continue
        rows.append(
            StepRow(
                number=index + 1,
                judges=sum(
                    index in s.correctness or index in s.roles or s.first_error == index
                    for s in everybody
                ),
                correctness=[(CORRECTNESS[v], marked[v]) for v in CORRECTNESS if marked[v]],
                roles=[(str(role.label).lower(), roles[role]) for role in StepRole if roles[role]],
                first_error=first,
                yours=in_words(own, index) if own else "",
            )
        )
    return StepTable(
        rows=rows,
        judges=len(everybody),
        told=sum(said.no_error or said.first_error is not None for said in everybody),
        no_error=sum(said.no_error for said in everybody),
        imported=sum(said.imported for said in everybody),
        yours="no error" if own and own.no_error else "",
    )


def in_words(said: LabelsOn, index: int) -> str:
    """One judge's labels of one step, such as "inference, right"."""
    words = [said.roles.get(index, ""), CORRECTNESS.get(said.correctness.get(index, 2), "")]
    words.append("first error" if said.first_error == index else "")
    return ", ".join(word for word in words if word)
