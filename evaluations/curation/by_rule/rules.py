"""Collections by rule: each a named function that finds outputs, in a fixed order, when asked.

They belong to the site and have no rows. What a rule cannot find yet it says, with the figures.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Final

import numpy as np
from django.db.models.expressions import RawSQL

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.rows import RIGHT
from evaluations.leaderboards.boards.standings import Question, rule_on_outputs
from evaluations.leaderboards.comparisons.disagreement import Disagreement
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.prompts.models import Prompt, Relation
from evaluations.rules import CODES
from evaluations.runs.models import Output, Visibility

MOST: Final = 24
LEAST_JUDGES: Final = 3
FALLS_BY: Final = 1 / 3
TAYLOR: Final = "taylor-as-quoted"


@dataclass(frozen=True)
class Found:
    """What a rule gives: outputs in order, at most `MOST`, of `total`; and what is missing."""

    outputs: Sequence[int]
    total: int
    lacks: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule with its sentence; `find` may be asked as often as the page is read."""

    name: str
    title: str
    sentence: str
    find: Callable[[], Found]


def tie(key: int) -> str:
    """A random but fixed order among equals."""
    return hashlib.sha256(f"output:{key}".encode()).hexdigest()


def first_of(keys: Iterable[int], lacks: str) -> Found:
    """Outputs that are all alike to a rule; *lacks* where there is none."""
    ordered = sorted(readable(keys), key=tie)
    return Found(ordered[:MOST], len(ordered), "" if ordered else lacks)


def by_most(scores: dict[int, float], lacks: str) -> Found:
    """Outputs by a score, the highest first."""
    here = readable(scores)
    # Only those that may come first are put in order: there may be as many as outputs.
    least = min(nlargest(MOST, (scores[key] for key in here)), default=0.0)
    highest = [key for key in here if scores[key] >= least]
    ordered = sorted(highest, key=lambda key: (-scores[key], tie(key)))
    return Found(ordered[:MOST], len(here), "" if here else lacks)


def readable(keys: Iterable[int]) -> set[int]:
    """Those outputs that anybody may read; the matrix has no repetitions. One query."""
    # As one parameter: thousands take several times as long.
    named = RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])
    return set(Output.objects.finished().filter(pk__in=named).values_list("pk", flat=True))


def graded(held: Matrix, right: bool) -> Flags:
    score = held.grade
    found: Flags = held.written & ((score == RIGHT) if right else (score == 0))
    return found


def nothing_visible() -> Found:
    held = current_matrix()
    right = held.output[graded(held, True)].tolist()
    hidden = Output.objects.filter(
        pk__in=right,
        trace_visibility__in=(Visibility.HIDDEN, Visibility.REDACTED, Visibility.NOT_WRITTEN),
    ).values_list("pk", flat=True)
    return first_of(
        hidden,
        f"needs an output that is graded right and shows no working; {len(right):,} are graded "
        "right, and all of them show some",
    )


def good_steps_wrong_answer() -> Found:
    version = (
        DefinitionVersion.objects.published().filter(definition__slug=TAYLOR).with_pins().first()
    )
    if version is None:
        return Found([], 0, "needs Taylor’s definition, which is not published here")
    held = current_matrix()
    ruling = rule_on_outputs(version, held, Question())
    said = ruling.asked & (ruling.verdicts == CODES["yes"])
    return first_of(
        held.output[said & graded(held, False)].tolist(),
        f"needs an output that Taylor’s definition calls reasoning and whose answer is wrong; "
        f"{int(said.sum()):,} are called reasoning, none of them with a wrong answer",
    )


def disagreement() -> Disagreement:
    versions = curated_versions()
    return Disagreement(versions, current_matrix(), Question())


def definitions_split() -> Found:
    found = disagreement()
    smaller = np.minimum(found.reasoning, found.not_reasoning)
    settled = found.reasoning + found.not_reasoning
    places = np.flatnonzero(found.split)
    scores = {
        int(found.matrix.output[place]): float(smaller[place] / settled[place])
        + float(settled[place]) / 1e6
        for place in places
    }
    asked = found.totals.asked
    return by_most(
        scores,
        "needs an output that one definition calls reasoning and another does not; definitions "
        f"were asked about {asked:,} output{'' if asked == 1 else 's'} so far",
    )


def judges_split() -> Found:
    """The mean entropy, in bits, of the answers to criteria that three judges or more answered."""
    found = disagreement()
    everywhere = np.arange(found.matrix.size)
    total, asked = np.zeros(found.matrix.size), np.zeros(found.matrix.size)
    most = 0
    for column in found.wordings:
        counts = found.answers(column, everywhere).astype(float)
        judges = counts.sum(axis=1)
        most = max(most, int(judges.max(initial=0)))
        enough = judges >= LEAST_JUDGES
        shares = counts[enough] / judges[enough, None]
        logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
        total[enough] -= (shares * logs).sum(axis=1)
        asked[enough] += 1
    mean = np.divide(total, asked, out=np.zeros_like(total), where=asked > 0)
    scores = {
        int(found.matrix.output[place]): float(mean[place]) for place in np.flatnonzero(mean > 0)
    }
    return by_most(
        scores,
        f"needs {LEAST_JUDGES} judges on an output who part on something; the most on one so far "
        f"is {most}",
    )


def altered_riddle() -> Found:
    """Variants whose rule was changed, answered wrong where the original was answered right."""
    held = current_matrix()
    originals, changed = variants(Relation.RULE)
    if not changed:
        return Found([], 0, "needs a family of prompts with a changed rule; there is none")
    right = ways(held, graded(held, True), originals)
    wrong = graded(held, False) & np.isin(held.prompt, list(changed))
    chosen = [
        int(held.output[place])
        for place in np.flatnonzero(wrong)
        if (int(held.family[place]), int(held.model[place]), int(held.recipe[place])) in right
    ]
    return first_of(
        chosen,
        f"needs a model that answers an original right and its changed variant wrong; "
        f"{len(right):,} originals are answered right so far",
    )


def variants(relation: Relation | None = None) -> tuple[set[int], set[int]]:
    """Keys of the originals of families, and of their variants of a relation or of any. A query.

    A comprehension check asks something else than its family, so it is no variant.
    """
    rows = Prompt.objects.filter(family__isnull=False).values_list("pk", "relation")
    originals = {key for key, kind in rows if kind == Relation.ORIGINAL}
    others = {
        key for key, kind in rows
        if kind not in (Relation.ORIGINAL, Relation.CHECK) and relation in (None, kind)
    }  # fmt: skip
    return originals, others


def ways(held: Matrix, here: Flags, prompts: set[int]) -> set[tuple[int, int, int]]:
    """Family, model and recipe of outputs to some prompts."""
    places = np.flatnonzero(here & np.isin(held.prompt, list(prompts)))
    return {
        (int(held.family[place]), int(held.model[place]), int(held.recipe[place]))
        for place in places
    }


def brittle() -> Found:
    """Wrong answers to variants where a family's share right falls by a third or more."""
    held = current_matrix()
    originals, others = variants()
    both = held.written & ~np.isnan(held.grade)
    shares: dict[tuple[int, int, int], list[list[float]]] = {}
    members: dict[tuple[int, int, int], list[int]] = {}
    for place in np.flatnonzero(both & (held.family > 0)):
        key = (int(held.family[place]), int(held.model[place]), int(held.recipe[place]))
        prompt, right = int(held.prompt[place]), float(held.grade[place] == RIGHT)
        sides = shares.setdefault(key, [[], []])
        if prompt in originals:
            sides[0].append(right)
        elif prompt in others:
            sides[1].append(right)
            if not right:
                members.setdefault(key, []).append(int(held.output[place]))
    compared = {key: sides for key, sides in shares.items() if all(sides)}
    scores = {
        output: fall
        for key, (first, rest) in compared.items()
        if (fall := sum(first) / len(first) - sum(rest) / len(rest)) >= FALLS_BY
        for output in members.get(key, ())
    }
    return by_most(
        scores,
        "needs a family of prompts on which a model’s share right falls by a third from the "
        f"original to its variants; {len(compared):,} can be compared so far",
    )


RULES: Final = {
    rule.name: rule
    for rule in (
        Rule(
            "nothing-visible", "Right answer, nothing visible",
            "The answer is graded right, and the working is hidden or was not written.",
            nothing_visible,
        ),
        Rule(
            "good-steps-wrong-answer", "Good steps, wrong answer",
            "Taylor’s definition calls it reasoning, and its answer is graded wrong.",
            good_steps_wrong_answer,
        ),
        Rule(
            "definitions-split", "Definitions split",
            "Settled definitions part most evenly over whether it is reasoning.",
            definitions_split,
        ),
        Rule(
            "judges-split", "Judges split",
            "Three or more judges gave the most different answers to what they were asked.",
            judges_split,
        ),
        Rule(
            "altered-riddle", "The altered riddle",
            "A rule of the prompt was changed: the original was answered right, this is wrong.",
            altered_riddle,
        ),
        Rule(
            "brittle", "Brittle",
            "Wrong where the share of right answers falls by a third or more from a family’s "
            "original to its variants.",
            brittle,
        ),
    )
}  # fmt: skip
