"""Fractional ranks: between any two there is room for another, so that moving writes one row.

A rank is a fraction between 0 and 1, written in base 62 after the point, and never ends in "0";
plain text order (by code point) is the order of the fractions.
"""

from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONGEST: Final = 12
"""A rank that would be longer asks for new ranks all round: see `spread`."""


def between(low: str, high: str) -> str:
    """A rank above *low* and below *high*; "" stands for the beginning and for the end.

    ValueError unless *low* comes before *high*.
    """
    if high and low >= high:
        raise ValueError(f"There is nothing between {low!r} and {high!r}.")
    made = ""
    for place in range(max(len(low), len(high)) + 1):
        first = DIGITS.index(low[place]) if place < len(low) else 0
        last = DIGITS.index(high[place]) if high and place < len(high) else len(DIGITS)
        if first == last:
            made += DIGITS[first]
            continue
        if last - first > 1:
            return made + DIGITS[(first + last) // 2]
        # The two digits are neighbours: keep the lower one, and then only *low* bounds.
        made += DIGITS[first]
        high = ""
    return made + DIGITS[len(DIGITS) // 2]


def spread(count: int) -> list[str]:
    """So many ranks in order, evenly over the whole width and as short as they can be."""
    width = 1
    while len(DIGITS) ** width <= count + 1:
        width += 1
    step = len(DIGITS) ** width // (count + 1)
    return [written(step * number, width) for number in range(1, count + 1)]


def written(number: int, width: int) -> str:
    """A number in so many digits, without the zeros at its end."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)).rstrip("0")
