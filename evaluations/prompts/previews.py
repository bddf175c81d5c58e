"""What somebody sees of prompts before any of them is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evaluations.accounts.models import User
from evaluations.measures.likeness import most_alike
from evaluations.prompts.drafts import Draft, Held, faults
from evaluations.prompts.files import Refused
from evaluations.prompts.models import Prompt, PromptSet

ALIKE: Final = 0.7
"""Resemblance from which two prompts are shown beside each other."""
MOST_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Alike:
    """A prompt that resembles another one: one of these, or one that is stored."""

    line: int
    title: str
    percent: int
    other: str
    href: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Prompts as they would be stored, with what is wrong and what is alike, by line."""

    drafts: list[Draft]
    lines: list[int]
    refused: list[Refused]
    alike: list[Alike]

    @property
    def can_be_stored(self) -> bool:
        return bool(self.drafts) and not self.refused

    @property
    def shown(self) -> list[tuple[int, Draft]]:
        return list(zip(self.lines, self.drafts, strict=True))[:MOST_SHOWN]

    @property
    def unshown(self) -> int:
        return max(len(self.drafts) - MOST_SHOWN, 0)

    @property
    def families(self) -> int:
        return len({draft.family for draft in self.drafts if draft.family})

    @property
    def graded(self) -> int:
        return sum(bool(draft.grader) for draft in self.drafts)


def preview(
    prompt_set: PromptSet,
    actor: User,
    drafts: Sequence[Draft],
    *,
    lines: Sequence[int] = (),
    refused: Sequence[Refused] = (),
    compare: bool = True,
) -> Preview:
    """What would become of drafts. Two queries.

    Args:
        lines: where each draft stands; their places, from 1, where none are given.
        refused: lines that could not be read as prompts.
        compare: whether to look for what is alike; a generator's items are, by design.
    """
    lines = list(lines) or list(range(1, len(drafts) + 1))
    found = [
        Refused(lines[fault.place], fault.sentence) for fault in faults(drafts, Held.by(prompt_set))
    ]
    return Preview(
        drafts=list(drafts),
        lines=lines,
        refused=sorted([*refused, *found], key=lambda line: line.line),
        alike=alike_among(actor, drafts, lines) if compare else [],
    )


def alike_among(actor: User, drafts: Sequence[Draft], lines: Sequence[int]) -> list[Alike]:
    """Drafts that resemble another family's, or a stored prompt that *actor* finds in lists."""
    listed = Prompt.objects.to_answer().listed_for(actor).to_be_asked().order_by("pk")
    stored = list(listed.only("title", "slug", "text"))
    found = most_alike(
        [draft.text for draft in drafts],
        [prompt.text for prompt in stored],
        groups=[draft.family for draft in drafts],
        least=ALIKE,
    )
    rows = []
    for place, likeness in found.items():
        at = likeness.place - len(drafts)
        there = stored[at] if at >= 0 else None
        other = there.title if there else f"line {lines[likeness.place]}"
        href = there.get_absolute_url() if there else ""
        percent = round(100 * likeness.share)
        rows.append(Alike(lines[place], drafts[place].title, percent, other, href))
    return rows
