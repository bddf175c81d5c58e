"""The generators by name: what each is for, its difficulties, and the families it makes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from evaluations.prompts.generators import (
    altered_riddles,
    base_nine,
    letter_strings,
    premise_chains,
    reversal_pairs,
    story_sums,
)
from evaluations.prompts.generators.item import BadConfig, Generated, Origin

PACKAGE: Final = letter_strings.PACKAGE
MOST_FAMILIES: Final = 200
"""Families that are made at once."""


class Generate(Protocol):
    def __call__(self, *, seed: int, index: int, config: Mapping[str, Any]) -> Generated: ...


def by_level(variant: str, _index: int, level: int) -> dict[str, Any]:
    return {"variant": variant, "level": level}


def by_letters(variant: str, index: int, level: int) -> dict[str, Any]:
    """The transformations take turns; a check is asked in the order of the permuted item."""
    kinds = list(letter_strings.TRANSFORMATIONS)
    config: dict[str, Any] = {"transformation": kinds[index % len(kinds)], "length": level}
    if variant != "usual":
        config["alphabet"] = "permuted"
    if variant == "check":
        config["ask"] = "next"
    return config


@dataclass(frozen=True, slots=True)
class Member:
    """One prompt of a family: how it differs from the original, in words for its title too."""

    relation: str
    words: str


@dataclass(frozen=True, slots=True)
class Named:
    """`members` are by variant, the original first; `levels` are its difficulties.

    `differ` says of how many families of a difficulty no two prompts have one text.
    """

    task: str
    version: str
    title: str
    says: str
    grader: str
    levels: range
    level_is: str
    members: Mapping[str, Member]
    generate: Generate
    config: Callable[[str, int, int], dict[str, Any]] = by_level
    calls: Callable[[int], str] = field(default=lambda _index: "")
    differ: Callable[[int], int] = field(default=lambda _level: MOST_FAMILIES)

    @property
    def scarce(self) -> dict[int, int]:
        """The difficulties with fewer families than are made at once, and how many they have."""
        return {
            level: most for level in self.levels if (most := self.differ(level)) < MOST_FAMILIES
        }


@dataclass(frozen=True, slots=True)
class Made:
    """A prompt of a family, with the record it can be made again from."""

    member: Member
    item: Generated
    origin: Origin


ORIGINAL: Final = "original"
NAMED: Final[Mapping[str, Named]] = {
    each.task: each
    for each in (
        Named(
            story_sums.TASK, story_sums.VERSION, "Story sums",
            "A short story with a sum: other names, other numbers of equal difficulty, a clause "
            "with a number that changes nothing, and the same clause without a number.",
            "numeric", story_sums.LEVELS, "digits of the numbers",
            {
                "original": Member(ORIGINAL, "as first told"),
                "names": Member("surface", "other names"),
                "numbers": Member("surface", "other numbers"),
                "irrelevant": Member("irrelevant-clause", "a number beside the point"),
                "empty": Member("empty-clause", "a clause without a number"),
            },
            story_sums.generate,
        ),
        Named(
            letter_strings.TASK, letter_strings.VERSION, "Letter strings",
            "What a string of letters changes to, in the usual order of the alphabet and in one "
            "that the prompt gives, with a check whether that order was understood.",
            "exact", letter_strings.LENGTHS, "letters of the shortest string",
            {
                "usual": Member(ORIGINAL, "usual order"),
                "permuted": Member("changed-rule", "another order"),
                "check": Member("check", "check of the order"),
            },
            letter_strings.generate, by_letters,
        ),
        Named(
            base_nine.TASK, base_nine.VERSION, "Sums in base 9",
            "The same sum in base 10 and in base 9, carrying in the same columns, with a check "
            "whether counting in base 9 was understood.",
            "numeric", base_nine.LEVELS, "digits of each number",
            {
                "base-10": Member(ORIGINAL, "base 10"),
                "base-9": Member("changed-rule", "base 9"),
                "check": Member("check", "counting in base 9"),
            },
            base_nine.generate, differ=base_nine.most_families,
        ),
        Named(
            premise_chains.TASK, premise_chains.VERSION, "Premise chains",
            "A conclusion that follows, is excluded or stays open: in plain words, in the same "
            "words with the premises shuffled, and in invented words.",
            "choice", premise_chains.LEVELS, "steps",
            {
                "plain": Member(ORIGINAL, "plain words"),
                "reordered": Member("reordered", "premises shuffled"),
                "invented": Member("surface", "invented words"),
            },
            premise_chains.generate,
        ),
        Named(
            reversal_pairs.TASK, reversal_pairs.VERSION, "Reversal pairs",
            "Facts about invented people, asked for as they are stated, the other way round, and "
            "in another order.",
            "contains", reversal_pairs.LEVELS, "facts in the prompt",
            {
                "stated": Member(ORIGINAL, "as stated"),
                "reversed": Member("reversed", "the other way round"),
                "reordered": Member("reordered", "facts shuffled"),
            },
            reversal_pairs.generate,
        ),
        Named(
            altered_riddles.TASK, altered_riddles.VERSION, "Altered riddles",
            "A familiar riddle and the same one with a fact changed, so that the familiar answer "
            "or slip is wrong. Twenty riddles; from the twenty-first family on the numbers differ.",
            "numeric", altered_riddles.LEVELS, "the only one",
            {
                "original": Member(ORIGINAL, "the familiar riddle"),
                "altered": Member("changed-fact", "a fact changed"),
            },
            altered_riddles.generate, calls=altered_riddles.name_of,
        ),
    )
}  # fmt: skip


def family(named: Named, *, seed: int, index: int, level: int) -> Iterator[Made]:
    """The prompts of one family, the original first. Raises BadConfig for an unknown level."""
    if level not in named.levels:
        ends = f"{named.levels.start} to {named.levels.stop - 1}"
        raise BadConfig(f"the difficulty of {named.title} is {ends}: {named.level_is}")
    for variant, member in named.members.items():
        config = named.config(variant, index, level)
        origin: Origin = {
            "package": PACKAGE,
            "version": named.version,
            "task": named.task,
            "seed": seed,
            "index": index,
            "config": config,
        }
        yield Made(member, named.generate(seed=seed, index=index, config=config), origin)
