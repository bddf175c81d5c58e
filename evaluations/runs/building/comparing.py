"""Two runs output by output: which texts are the same, and which grades moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import MD5

from evaluations.prompts.models import Prompt
from evaluations.runs.models import Grade, Output, Run

COMPARE_COLUMNS = ("prompt", "sample", "a", "b", "text", "grade_a", "grade_b", "grade_moved",
                   "tokens_a", "tokens_b", "seed_a", "seed_b")  # fmt: skip


class Written(NamedTuple):
    """What is compared of an output. A row and no model: a run may have thousands."""

    pk: int
    prompt_id: int
    sample: int
    tokens_out: int | None
    seed: int | None
    hashed: str
    score: float | None


@dataclass(frozen=True)
class Pair:
    """A prompt and sample of both runs; None where a run has no such output, or none written."""

    prompt: Prompt
    sample: int
    a: Written | None
    b: Written | None

    @property
    def text(self) -> str:
        """“same”, “different”, or in which run alone it is written."""
        if self.a is None or self.b is None:
            return "only in b" if self.a is None else "only in a"
        return "same" if self.a.hashed == self.b.hashed else "different"

    @property
    def grades(self) -> tuple[float | None, float | None]:
        return (self.a and self.a.score), (self.b and self.b.score)

    @property
    def moved(self) -> float | None:
        """By how much the grade of *b* is above that of *a*; None where one is missing."""
        a, b = self.grades
        return None if a is None or b is None else b - a


def written_of(run: Run) -> dict[tuple[int, int], Written]:
    """What a run wrote, by prompt and sample, with a hash of each text and the current grade."""
    grade = Grade.objects.filter(output=OuterRef("pk"), is_current=True)
    rows = (
        Output.objects.written()
        .filter(run=run)
        .annotate(hashed=MD5(F("text")), score=Subquery(grade.values("score")[:1]))
        .values_list(*Written._fields)
    )
    return {(row.prompt_id, row.sample): row for row in map(Written._make, rows)}


def pairs_of(a: Run, b: Run) -> list[Pair]:
    """What either run wrote about prompts of both, by prompt and sample. Four queries."""
    sides = [written_of(run) for run in (a, b)]
    asked = [set(run.outputs.values_list("prompt", flat=True)) for run in (a, b)]
    prompts = Prompt.objects.only("slug", "title", "position").in_bulk(asked[0] & asked[1])
    keys = sorted(
        (key for key in sides[0].keys() | sides[1].keys() if key[0] in prompts),
        key=lambda key: (prompts[key[0]].position, *key),
    )
    return [Pair(prompts[key[0]], key[1], sides[0].get(key), sides[1].get(key)) for key in keys]


@dataclass(frozen=True)
class Counts:
    """How many pairs are the same, differ, or stand in one run alone; how grades moved."""

    same: int
    different: int
    alone: int
    up: int
    down: int
    level: int

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "Counts":
        texts = [pair.text for pair in pairs]
        moves = [pair.moved for pair in pairs if pair.moved is not None]
        return cls(
            texts.count("same"),
            texts.count("different"),
            sum(text.startswith("only") for text in texts),
            sum(move > 0 for move in moves),
            sum(move < 0 for move in moves),
            sum(move == 0 for move in moves),
        )


def pair_record(pair: Pair) -> dict[str, Any]:
    """A pair as one record, without its texts."""
    grade_a, grade_b = pair.grades
    record: dict[str, Any] = {
        "prompt": pair.prompt.slug,
        "sample": pair.sample + 1,
        "text": pair.text,
        "grade_a": grade_a,
        "grade_b": grade_b,
        "grade_moved": pair.moved,
    }
    for name, output in (("a", pair.a), ("b", pair.b)):
        record |= {
            name: output and output.pk,
            f"tokens_{name}": output and output.tokens_out,
            f"seed_{name}": output and output.seed,
        }
    return record
