"""The same sum in base 10 and in base 9, and whether counting in base 9 is understood.

Counterfactual arithmetic is a test of Wu and others (2023, arXiv:2307.02477). Both sums have the
same numbers and words and carry in the same columns, so that base 9 is no more work, only rarer.
"""

from collections.abc import Mapping
from typing import Any, Final

from evaluations.prompts.generators.draw import Draw
from evaluations.prompts.generators.item import Generated
from evaluations.prompts.generators.options import variant_and_level

TASK: Final = "base_nine"
VERSION: Final = "1"
VARIANTS: Final = ("base-10", "base-9", "check")
LEVELS: Final = range(2, 6)
"""Digits of each number."""


def generate(*, seed: int, index: int, config: Mapping[str, Any]) -> Generated:
    """Item `index` of the sums with this seed; `config` takes `variant` and `level` (digits)."""
    variant, digits = variant_and_level(config, variants=VARIANTS, levels=LEVELS)
    draw = Draw(f"{TASK} {VERSION} {seed} {index} {digits}")
    first, second = alike_in_both(draw, digits)
    if variant == "check":
        return check(seed + index, digits)
    base = 10 if variant == "base-10" else 9
    said = f"In base {base}, numbers are written with the digits 0 to {base - 1}."
    sum_ = f"{written(first)} + {written(second)}"
    text = f"{said} What is {sum_} in base {base}? Write the sum in base {base}."
    return Generated(text=text, answer=written(added(first, second, base)[0]))


def alike_in_both(draw: Draw, digits: int) -> tuple[list[int], list[int]]:
    """Two numbers, last digit first, whose sum carries in the same columns in both bases.

    At least one column carries, so that the sums differ.
    """
    while True:
        first, second = (
            [*(draw.below(9) for _ in range(digits - 1)), draw.between(1, 8)] for _ in range(2)
        )
        in_ten, in_nine = (added(first, second, base)[1] for base in (10, 9))
        if in_ten == in_nine and any(in_ten):
            return first, second


def added(first: list[int], second: list[int], base: int) -> tuple[list[int], list[int]]:
    """The sum of two numbers of as many digits, last digit first, and what each column carries."""
    total, carries, carry = [], [], 0
    for one, other in zip(first, second, strict=True):
        carry, digit = divmod(one + other + carry, base)
        total.append(digit)
        carries.append(carry)
    return ([*total, carry] if carry else total), carries


def written(digits: list[int]) -> str:
    return "".join(map(str, reversed(digits)))


def most_families(digits: int) -> int:
    """How many checks differ, and so how many families may stand in one set."""
    return int(7 ** (digits - 1))


def check(number: int, digits: int) -> Generated:
    """What comes right after a number that ends in 8; 7 times as many numbers with each digit."""
    before = [number // 7**place % 7 + 1 for place in range(digits - 1)]
    text = (
        "In base 9, numbers are written with the digits 0 to 8. Which number comes right after "
        f"{written([8, *before])} in base 9? Write the number in base 9."
    )
    return Generated(text=text, answer=written([0, before[0] + 1, *before[1:]]))
