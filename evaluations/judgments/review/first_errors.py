"""How well judges find the first error, measured against one judge who is taken as reference."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q

from evaluations.judgments.answers.step_labels import first_error_of, labels_in
from evaluations.judgments.models import Judge, JudgeKind, ProtocolVersion
from evaluations.judgments.querysets import SetApart
from evaluations.measures.intervals import Interval, prompt_clustered
from evaluations.runs.models import Output

Place = int | Literal["none"]


@dataclass(frozen=True, kw_only=True)
class ComparedOutput:
    """The first error of one output by the reference and by each judge, as index or "none"."""

    output_id: int
    steps: int
    reference: Place
    given: dict[int, Place]

    @property
    def exact(self) -> int:
        """How many judges name what the reference names."""
        return sum(place == self.reference for place in self.given.values())


@dataclass(frozen=True, kw_only=True)
class FirstErrorAgreement:
    """Shares of comparisons (a judge on an output), with 95 % intervals; None without any.

    `exact`: the same step, or both no error. `within_one`: the same, or steps next to each other.
    `detection`: the same on whether there is an error at all. `left_open` comparisons could not
    be made, since the judge labelled steps without saying or implying a first error.
    """

    outputs: int
    judges: int
    comparisons: int
    left_open: int
    exact: Interval | None
    within_one: Interval | None
    detection: Interval | None
    table: list[ComparedOutput]


IMPORTED = "import:"
"""How the pages of judgments begin that came with a data set."""


def reference_of(version: ProtocolVersion) -> Judge | None:
    """The annotators whose first errors came with the version's outputs, if any did."""
    return (
        Judge.objects.filter(
            first_errors__is_current=True,
            first_errors__judgment__page__startswith=IMPORTED,
            first_errors__output__items__version=version,
        )
        .order_by("pk")
        .first()
    )


def first_errors_under(version: ProtocolVersion, *, guests: bool) -> FirstErrorAgreement | None:
    """A version's judges beside the annotators of its data set; None where there are none."""
    reference = reference_of(version) if version.steps else None
    if reference is None:
        return None
    kinds = [JudgeKind.PERSON, *([JudgeKind.GUEST] if guests else [])]
    return compare_first_errors(reference=reference, version=version, kinds=kinds)


def compare_first_errors(
    *,
    reference: Judge,
    version: ProtocolVersion | None = None,
    outputs: Iterable[Output] | None = None,
    kinds: Iterable[str] = (JudgeKind.PERSON, JudgeKind.GUEST),
) -> FirstErrorAgreement:
    """Compare judges' first errors with the reference's, on outputs that both spoke about.

    Args:
        version: labels given under this protocol version, on its items' outputs.
        outputs: labels in force on these outputs; exactly one of the two is given.
        kinds: whose labels; model judges are compared apart from people.

    Each output weighs the same. Intervals are Wilson's where every output has one judge, else
    clustered by output (`measures.intervals.prompt_clustered`). Only labels under the reference's
    segmentation version are compared. Makes seven queries at most.

    Raises:
        ValueError: unless exactly one of *version* and *outputs* is given.
    """
    if (version is None) == (outputs is None):
        raise ValueError("Name a protocol version or outputs.")
    if version is not None:
        ids = set(version.items.filter(output__isnull=False).values_list("output_id", flat=True))
    else:
        ids = {output.pk for output in outputs or ()}
    expected = {}
    for said in labels_in(ids, judges=[reference.pk]):
        place = first_error_of(said, said.steps)
        if place is not None:
            expected[said.output_id, said.segmentation] = place
    given: defaultdict[tuple[int, int], dict[int, Place]] = defaultdict(dict)
    steps = {}
    left_open = 0
    wanted = set(kinds)
    in_verdicts = Q(is_current=True) & ~Q(SetApart("judgment"))
    for said in labels_in(ids, version=version.pk if version else None, only=in_verdicts):
        key = said.output_id, said.segmentation
        if key not in expected or said.judge.pk == reference.pk or said.judge.kind not in wanted:
            continue
        place = first_error_of(said, said.steps)
        if place is None:
            left_open += 1
            continue
        given[key][said.judge.pk] = place
        steps[key] = said.steps
    table = [
        ComparedOutput(
            output_id=key[0], steps=steps[key], reference=expected[key], given=given[key]
        )
        for key in sorted(given)
    ]
    pairs = [(row, place) for row in table for place in row.given.values()]
    clusters = [row.output_id for row, _ in pairs]

    def share(met: list[bool]) -> Interval | None:
        return prompt_clustered([float(value) for value in met], clusters) if met else None

    return FirstErrorAgreement(
        outputs=len(table),
        judges=len({judge for row in table for judge in row.given}),
        comparisons=len(pairs),
        left_open=left_open,
        exact=share([place == row.reference for row, place in pairs]),
        within_one=share([near(place, row.reference) for row, place in pairs]),
        detection=share([(place == "none") == (row.reference == "none") for row, place in pairs]),
        table=table,
    )


def near(one: Place, other: Place) -> bool:
    """Whether two places are the same or steps next to each other; no error is next to none."""
    if one == "none" or other == "none":
        return one == other
    return abs(one - other) <= 1
