"""The one question on which an output hangs, with what judges answered to it."""

from collections import Counter
from dataclasses import dataclass

from evaluations.definitions.models import CriterionVersion
from evaluations.leaderboards.boards.standings import reading_of
from evaluations.leaderboards.comparisons.deciding import reasons_for
from evaluations.leaderboards.comparisons.disagreement import Disagreement, JudgeSplit
from evaluations.leaderboards.matrix.answers import Column, Integers
from evaluations.rules import CODES


@dataclass(frozen=True)
class DecisiveQuestion:
    """A question about one output, with how many judges gave each answer.

    `decides` of the `against` definitions that do not call the output reasoning say so because
    of it; of the `favour` that do, `silent` do not ask it at all. All four are 0 where it was
    chosen because judges part on it.
    """

    split: JudgeSplit
    decides: int = 0
    against: int = 0
    silent: int = 0
    favour: int = 0


def decisive_questions(
    found: Disagreement, places: Integers, parts: list[list[JudgeSplit]], which: str
) -> list[DecisiveQuestion | None]:
    """For each output the question to look at first; None where no single one decides.

    Over facts it is the one on which judges split most. Else it is the one whose answer makes
    most definitions say that the output is not reasoning: a rule that joins criteria fails by
    one answer, while it takes all of them to hold. Over words one comes first on which judges
    agree, else, of several, one on which they part. Makes no query.

    Args:
        parts: as `Disagreement.parts` gives them for the same outputs.
        which: the list of `LISTS` in which the outputs stand.
    """
    if which == "facts" or found.question.road != "computed" or found.question.combine != "median":
        return [DecisiveQuestion(split[0]) if split else None for split in parts]
    decided: list[Counter[Column]] = [Counter() for _ in places]
    asking: list[Counter[Column]] = [Counter() for _ in places]
    for version, ruling in zip(found.versions, found.rulings, strict=True):
        if version not in found.counted:
            continue
        reading = reading_of(version)
        reasons = reasons_for(reading, found.matrix, found.question, places)
        for row, place in enumerate(places.tolist()):
            verdict = int(ruling.verdicts[place])
            if ruling.asked[place] and verdict == CODES["yes"]:
                asking[row].update(reading.columns.values())
            elif ruling.asked[place] and verdict == CODES["no"]:
                decided[row].update(reading.columns[key] for key in reasons.deciding(row))
    questions: list[DecisiveQuestion | None] = []
    for row, place in enumerate(places.tolist()):
        if not decided[row]:
            questions.append(DecisiveQuestion(parts[row][0]) if parts[row] else None)
            continue
        parted = {column_of(split.wording) for split in parts[row]}
        best = {
            column: (
                (column not in parted, count) if which == "words" else (count, column in parted)
            )
            for column, count in decided[row].items()
        }
        column = max(best, key=lambda each: (best[each], each))
        favour = int(found.reasoning[place])
        questions.append(
            DecisiveQuestion(
                found.answers_on_one(column, place),
                decides=decided[row][column],
                against=int(found.not_reasoning[place]),
                silent=favour - asking[row][column],
                favour=favour,
            )
        )
    return questions


def column_of(wording: CriterionVersion) -> Column:
    return wording.criterion.key, wording.meaning
