"""Text that judges marked, as an output's page shows it: in the text, and as a numbered list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from evaluations.judgments.models import Answer, Judge, Mark, Part
from evaluations.runs.models import Output
from evaluations.runs.reading import ShownOutput

READING_ORDER = (Part.PROMPT, Part.TRACE, Part.ANSWER)


@dataclass(frozen=True)
class Stretch:
    """A stretch of a part, in code points; several marks may have the same place."""

    part: str
    start: int
    end: int


@dataclass
class MarkedPiece:
    """Text that is marked throughout or not at all, with the numbers of places that end in it."""

    text: str
    marked: bool = False
    notes: list[int] = field(default_factory=list)


def places_of(marks: Iterable[Mark]) -> list[tuple[Stretch, list[Mark]]]:
    """Each marked place with its marks, in the order of reading."""
    found: dict[Stretch, list[Mark]] = defaultdict(list)
    for mark in marks:
        found[Stretch(mark.part, mark.start, mark.end)].append(mark)
    order = {part.value: index for index, part in enumerate(READING_ORDER)}
    return sorted(found.items(), key=lambda item: (order[item[0].part], item[0].start, item[0].end))


def pieces(text: str, start: int, numbered: Mapping[Stretch, int]) -> list[MarkedPiece]:
    """*text*, which begins at code point *start* of its part, cut where a marked place does.

    Args:
        numbered: the part's marked places, each with its number in the list.
    """
    end = start + len(text)
    here = [place for place in numbered if place.start < end and place.end > start]
    inside = {edge for place in here for edge in (place.start, place.end) if start < edge < end}
    cuts = [start, *sorted(inside), end]
    found: list[MarkedPiece] = []
    for first, last in pairwise(cuts):
        over = [place for place in here if place.start < last and place.end > first]
        ending = sorted(numbered[place] for place in over if place.end <= last)
        piece = MarkedPiece(text[first - start : last - start], bool(over), ending)
        if found and found[-1].marked == piece.marked and not found[-1].notes:
            found[-1].text += piece.text
            found[-1].notes = piece.notes
        else:
            found.append(piece)
    return found


def marked_reading(output: Output, reading: ShownOutput, marks: Sequence[Mark]) -> dict[str, Any]:
    """The prompt, the steps and the answer that are shown, cut into marked and unmarked pieces."""
    numbered: dict[str, dict[Stretch, int]] = defaultdict(dict)
    for number, (place, _) in enumerate(places_of(marks), start=1):
        numbered[place.part][place] = number
    return {
        "prompt_pieces": pieces(output.prompt.text, 0, numbered[Part.PROMPT]),
        "steps": [
            (step, pieces(step.text, step.start, numbered[Part.TRACE])) for step in reading.steps
        ],
        "answer_pieces": pieces(reading.answer, 0, numbered[Part.ANSWER]),
    }


def evidence(
    marks: Sequence[Mark], answers: Iterable[Answer], mine: Judge | None
) -> list[dict[str, Any]]:
    """The marked places with what each is evidence for: how many judges, and whether also you.

    Titles come from the wordings that were answered.
    """
    titles = {
        answer.criterion_id: answer.criterion_version.title
        for answer in answers
        if answer.criterion_version is not None
    }
    entries = []
    for number, (_, members) in enumerate(places_of(marks), start=1):
        judges: dict[tuple[str, str], set[int]] = defaultdict(set)
        for mark in members:
            key = mark.criterion.key if mark.criterion else ""
            judges[key, titles.get(mark.criterion_id, key)].add(mark.judge_id)
        entries.append(
            {
                "number": number,
                "quote": members[0].quote,
                "part": members[0].get_part_display(),
                "criteria": [
                    {
                        "key": key,
                        "title": title,
                        "judges": len(who),
                        "yours": mine is not None and mine.pk in who,
                    }
                    for (key, title), who in sorted(judges.items())
                ],
            }
        )
    return entries
