"""Story sums with changed names, changed numbers, a clause that changes nothing, and a control.

Surface variants and irrelevant clauses are tests of Mirzadeh and others (2024, arXiv:2410.05229);
the stories are our own. Changed numbers have the digits and carries of the original ones, step by
step, since larger numbers would be harder by themselves; the control is the same clause without a
number, since a longer text may be.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from evaluations.prompts.generators.draw import Draw
from evaluations.prompts.generators.item import Generated
from evaluations.prompts.generators.options import variant_and_level
from evaluations.prompts.generators.stories import NAMES, STORIES, Story

TASK: Final = "story_sums"
VERSION: Final = "1"
VARIANTS: Final = ("original", "names", "numbers", "irrelevant", "empty")
LEVELS: Final = range(2, 5)
"""Digits of the numbers."""
Numbers = dict[str, int]


class Step(NamedTuple):
    """What one step of a sum costs: its sign, the digits of both numbers, and its carries."""

    sign: str
    digits: tuple[int, int]
    carries: int


class Drawn(NamedTuple):
    """What is drawn for a family: its numbers, the matched ones, names and rows in their order."""

    numbers: Numbers
    other_numbers: Numbers
    names: list[str]
    rows: list[tuple[str, ...]]
    tempting: int


def generate(*, seed: int, index: int, config: Mapping[str, Any]) -> Generated:
    """Item `index` of the stories with this seed; `config` takes `variant` and `level` (digits).

    The index goes through the stories, so that twenty items are twenty stories.
    """
    variant, digits = variant_and_level(config, variants=VARIANTS, levels=LEVELS)
    story = STORIES[index % len(STORIES)]
    shared = drawn_for(seed, index, digits)
    variation = 1 if variant == "names" else 0
    numbers = shared.other_numbers if variant == "numbers" else shared.numbers
    some = {"irrelevant": str(shared.tempting), "empty": "some"}.get(variant, "")
    name, row = shared.names[variation], shared.rows[variation]
    text = told(story, name, row, numbers, some)
    return Generated(text=text, answer=str(outcome(story.sum, numbers)))


@lru_cache(maxsize=64)
def drawn_for(seed: int, index: int, digits: int) -> Drawn:
    """What the five prompts of a family share; matched numbers may take long to find."""
    draw = Draw(f"{TASK} {VERSION} {seed} {index} {digits}")
    story = STORIES[index % len(STORIES)]
    other_numbers = None
    while other_numbers is None:
        numbers = drawn(draw, story.sum, digits)
        other_numbers = matched(draw, story.sum, digits, numbers)
    names, rows = draw.in_any_order(NAMES), draw.in_any_order(story.bank)
    tempting = drawn_beside(draw, story.sum, numbers, digits)
    return Drawn(numbers, other_numbers, names, rows, tempting)


def told(story: Story, name: str, row: tuple[str, ...], numbers: Numbers, some: str) -> str:
    """The story in words; without a clause where *some* is empty."""
    parts = (story.first, story.clause, story.second) if some else (story.first, story.second)
    slots = dict(zip(story.slots, row, strict=True))
    return " ".join(parts).format(name=name, some=some, **slots, **numbers)


def steps_of(sum_: str) -> list[tuple[str, str]]:
    """The signs of a sum, each with the letter of its number."""
    return list(zip(sum_[1::2], sum_[2::2], strict=True))


def outcome(sum_: str, numbers: Numbers) -> int:
    total = numbers[sum_[0]]
    for sign, letter in steps_of(sum_):
        number = numbers[letter]
        total = {"+": total + number, "-": total - number, "*": total * number}[sign]
    return total


def effort(sum_: str, numbers: Numbers) -> list[Step]:
    """What each step of a sum costs."""
    total, found = numbers[sum_[0]], []
    for sign, letter in steps_of(sum_):
        number = numbers[letter]
        digits = (len(str(total)), len(str(number)))
        found.append(Step(sign, digits, carries(sign, total, number)))
        total = outcome(f"a{sign}b", {"a": total, "b": number})
    return found


def carries(sign: str, one: int, other: int) -> int:
    """How many columns of a sum, a difference or a product with one digit carry to the next."""
    count = carry = 0
    while one or (other and sign != "*"):
        column, beside = one % 10, other if sign == "*" else other % 10
        if sign == "+":
            carry = column + beside + carry > 9
        elif sign == "-":
            carry = column - beside - carry < 0
        else:
            carry = (column * beside + carry) // 10
        count += bool(carry)
        one //= 10
        other = other if sign == "*" else other // 10
    return count


def lowest(digits: int) -> int:
    """The least number of as many digits that takes part; 1 and round numbers are too easy."""
    return int(10 ** (digits - 1)) + 1


def drawn(draw: Draw, sum_: str, digits: int, factor: int | None = None) -> Numbers:
    """Different numbers of as many digits, and a factor of one, which may be given.

    Every total on the way leaves room for the number of the clause, and the last is 1 or more.
    """
    low = lowest(digits) + 2
    while True:
        numbers = {
            letter: (factor or draw.between(2, 9))
            if letter == "d"
            else draw.between(low, 10**digits - 1)
            for letter in dict.fromkeys(sum_[::2])
        }
        on_the_way = [outcome(sum_[:end], numbers) for end in range(3, len(sum_), 2)]
        if (
            len(set(numbers.values())) == len(numbers)
            and all(number % 10 for number in numbers.values())
            and all(total >= low for total in on_the_way)
            and outcome(sum_, numbers) >= 1
        ):
            return numbers


def matched(draw: Draw, sum_: str, digits: int, numbers: Numbers) -> Numbers | None:
    """Other numbers that cost the same step by step, with another outcome; the factor stays.

    None where none were found: 111 alone is multiplied by 7 without a carry.
    """
    wanted = effort(sum_, numbers)
    for _ in range(100_000):
        again = drawn(draw, sum_, digits, numbers.get("d"))
        differs = all(again[letter] != numbers[letter] for letter in numbers if letter != "d")
        same_outcome = outcome(sum_, again) == outcome(sum_, numbers)
        if differs and not same_outcome and effort(sum_, again) == wanted:
            return again
    return None


def drawn_beside(draw: Draw, sum_: str, numbers: Numbers, digits: int) -> int:
    """A number for the clause: below all that it may be said of, and none of the sum's."""
    on_the_way = [outcome(sum_[:end], numbers) for end in range(3, len(sum_), 2)]
    least = min(*on_the_way, *(number for letter, number in numbers.items() if letter != "d"))
    free = [n for n in range(lowest(digits), least) if n != numbers.get("d")]
    return draw.one_of(free)
