"""What generators hold to be right, worked out again from the texts alone; and matched variants."""

import re
from collections.abc import Callable
from fractions import Fraction
from heapq import heappop, heappush
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.prompts.generators.named import NAMED, Made, family
from evaluations.prompts.generators.riddles import RIDDLES
from evaluations.prompts.generators.stories import STORIES

SEEDS = st.integers(0, 10**6)


def made(task: str, seed: int, index: int, level: int) -> dict[str, Made]:
    """A family by its variants."""
    named = NAMED[task]
    items = family(named, seed=seed, index=index, level=level)
    return dict(zip(named.members, items, strict=True))


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def words_in(text: str) -> list[str]:
    return re.findall(r"\w+", text)


# Story sums ------------------------------------------------------------------------------------


def columns(sign: str, one: int, other: int) -> int:
    """Columns that carry: how far the digits of the outcome are from those of the numbers."""
    if sign == "+":
        return (digit_sum(one) + digit_sum(other) - digit_sum(one + other)) // 9
    if sign == "-":
        return (digit_sum(one - other) + digit_sum(other) - digit_sum(one)) // 9
    carried = [
        (int(str(one)[-place:]) * other) // 10**place for place in range(1, len(str(one)) + 1)
    ]
    return sum(map(bool, carried))


def digit_sum(number: int) -> int:
    return sum(map(int, str(number)))


def worked(expression: str, values: dict[str, int]) -> tuple[int, list[Any]]:
    """The outcome of a sum by Python, and for each step its digits and carries."""
    steps, total = [], values[expression[0]]
    for sign, letter in zip(expression[1::2], expression[2::2], strict=True):
        value = values[letter]
        steps.append((sign, len(str(total)), len(str(value)), columns(sign, total, value)))
        total = eval(f"{total}{sign}{value}")
    return total, steps


def values_in(text: str, index: int, clause: bool) -> dict[str, int]:
    """The numbers of a story by their letters, read off in the order of its template."""
    story = STORIES[index % len(STORIES)]
    parts = (story.first, story.clause, story.second) if clause else (story.first, story.second)
    letters = re.findall(r"\{([abcd]|some)\}", " ".join(parts))
    return dict(zip(letters, numbers_in(text), strict=True))


@given(seed=SEEDS, index=st.integers(0, 19), level=st.sampled_from([2, 3]))
def test_story_sums(seed: int, index: int, level: int) -> None:
    found = made("story_sums", seed, index, level)
    expression = STORIES[index].sum
    texts = {name: each.item.text for name, each in found.items()}
    values = {
        name: values_in(text, index, clause=name == "irrelevant") for name, text in texts.items()
        if name != "empty"
    }  # fmt: skip
    outcomes = {name: worked(expression, each) for name, each in values.items()}
    for name, (outcome, steps) in outcomes.items():
        assert found[name].item.answer == str(outcome)
        assert steps == outcomes["original"][1], name
        assert all(
            len(str(values[name][letter])) == level for letter in "abc" if letter in values[name]
        )
    original = found["original"].item
    assert found["empty"].item.answer == original.answer
    assert found["numbers"].item.answer != original.answer
    assert numbers_in(texts["names"]) == numbers_in(texts["empty"]) == numbers_in(original.text)
    assert set(values["numbers"].values()) != set(values["original"].values())
    assert re.sub(r"\d+", "#", texts["numbers"]) == re.sub(r"\d+", "#", original.text)
    # The control is the clause, but for its number.
    tempting = str(values["irrelevant"]["some"])
    assert texts["irrelevant"].split() == [
        tempting if clause != word else word
        for word, clause in zip(texts["irrelevant"].split(), texts["empty"].split(), strict=True)
    ]
    assert len(words_in(texts["names"])) == len(words_in(original.text))
    assert len(texts["names"]) - len(original.text) in range(-25, 26)
    assert texts["names"] != original.text


def test_every_story_has_twenty_of_its_kind() -> None:
    assert len(STORIES) == len(RIDDLES) == 20
    for story in STORIES:
        assert len(story.bank) == 3
        assert all(len(row) == len(story.slots) for row in story.bank)


# Sums in base 9 --------------------------------------------------------------------------------


def in_base(number: int, base: int) -> str:
    return (in_base(number // base, base) if number >= base else "") + str(number % base)


@given(seed=SEEDS, index=st.integers(0, 100), level=st.integers(2, 5))
def test_base_nine(seed: int, index: int, level: int) -> None:
    found = made("base_nine", seed, index, level)
    sums = {}
    for variant, base in (("base-10", 10), ("base-9", 9)):
        item = found[variant].item
        one, other = re.findall(r"is (\d+) \+ (\d+) in", item.text)[0]
        assert len(one) == len(other) == level
        assert item.answer == in_base(int(one, base) + int(other, base), base)
        sums[variant] = (one, other)
        places = range(1, level + 1)
        carried = [int(one[-p:], base) + int(other[-p:], base) >= base**p for p in places]
        sums[f"{variant} carries"] = carried
    assert sums["base-10"] == sums["base-9"]
    assert sums["base-10 carries"] == sums["base-9 carries"]
    assert found["base-10"].item.answer != found["base-9"].item.answer
    texts = [found[variant].item.text for variant in ("base-10", "base-9")]
    assert len(words_in(texts[0])) == len(words_in(texts[1]))
    check = found["check"].item
    (number,) = re.findall(r"right after (\d+) in base 9", check.text)
    assert check.answer == in_base(int(number, 9) + 1, 9)
    assert len(number) == level


# Premise chains --------------------------------------------------------------------------------


@given(seed=SEEDS, index=st.integers(0, 41), level=st.integers(2, 8))
def test_premise_chains(seed: int, index: int, level: int) -> None:
    """By every way in which the one person can be or not be each of the kinds."""
    found = made("premise_chains", seed, index, level)
    texts = {name: each.item.text for name, each in found.items()}
    for name, text in texts.items():
        first, kind = re.findall(r"(?:^|\. )([A-Z]\w+) is a (\w+)\.", text)[0]
        links = re.findall(r"(Every|No) (\w+) is a (\w+)\.", text)
        assert len(links) == level
        (asked,) = re.findall(rf"Is {first} a (\w+)\?", text)
        kinds = sorted({kind, asked, *(word for link in links for word in link[1:])})
        possible = set()
        for members in product([False, True], repeat=len(kinds)):
            world = dict(zip(kinds, members, strict=True))
            holds = all(not world[a] or world[b] == (how == "Every") for how, a, b in links)
            if world[kind] and holds:
                possible.add(world[asked])
        right = {(True,): "A", (False,): "B", (False, True): "C"}[tuple(sorted(possible))]
        assert found[name].item.answer == right
        assert "ABC"[index % 3] == right
    sentences = {
        name: sorted(text.partition(" Is ")[0].split(". ")) for name, text in texts.items()
    }
    assert len(texts["plain"]) == len(texts["reordered"]) == len(texts["invented"])
    assert sorted(words_in(texts["plain"])) == sorted(words_in(texts["reordered"]))
    assert texts["plain"] != texts["reordered"]
    assert len(sentences["plain"]) == level + 1


# Reversal pairs --------------------------------------------------------------------------------


@given(seed=SEEDS, index=st.integers(0, 100), level=st.integers(2, 10))
def test_reversal_pairs(seed: int, index: int, level: int) -> None:
    found = made("reversal_pairs", seed, index, level)
    for name, each in found.items():
        facts = re.findall(r"(\w+) is the (\w+) of (\w+)\.", each.item.text)
        assert len(facts) == level
        assert len({person for one, _, other in facts for person in (one, other)}) == 2 * level
        if name == "reversed":
            known, role = re.findall(r"Of whom is (\w+) the (\w+)\?", each.item.text)[0]
            answers = [other for one, of, other in facts if (one, of) == (known, role)]
        else:
            role, known = re.findall(r"Who is the (\w+) of (\w+)\?", each.item.text)[0]
            answers = [one for one, of, other in facts if (of, other) == (role, known)]
        assert answers == [each.item.answer]
    texts = [each.item.text for each in found.values()]
    assert len({len(text) for text in texts if "Of whom" not in text}) == 1
    assert abs(len(texts[0]) - len(texts[1])) <= 3
    assert len(words_in(texts[0])) == len(words_in(texts[1]))
    assert len({each.item.answer for each in found.values()}) == 2
    assert len({len(each.item.answer) for each in found.values()}) == 1


# Altered riddles -------------------------------------------------------------------------------


def first_day(reached: Callable[[int], bool]) -> int:
    return next(day for day in range(1, 1000) if reached(day))


def climbing(deep: int, climbs: int, slips: int) -> int:
    height = day = 0
    while True:
        day, height = day + 1, height + climbs
        if height >= deep:
            return day
        height -= slips


def surely(red: int, blue: int, enough: Callable[[int, int], bool]) -> int:
    """The least number of socks of which every choice is enough."""
    for count in range(1, red + blue + 1):
        choices = [(r, count - r) for r in range(count + 1) if r <= red and count - r <= blue]
        if all(enough(*choice) for choice in choices):
            return count
    raise AssertionError


def crossing(times: tuple[int, ...]) -> int:
    """The least time over a bridge for two with one torch, by looking at every way."""
    everyone = frozenset(range(len(times)))
    seen: set[Any] = set()
    waiting: list[Any] = [(0, 0, sorted(everyone), True)]
    while waiting:
        passed, _, left, here = heappop(waiting)
        state = (tuple(left), here)
        if not left:
            return int(passed)
        if state in seen:
            continue
        seen.add(state)
        side = set(left) if here else everyone - set(left)
        for size in (1, 2):
            for group in combinations(sorted(side), size):
                now = set(left) - set(group) if here else set(left) | set(group)
                slowest = max(times[person] for person in group)
                heappush(waiting, (passed + slowest, len(seen), sorted(now), not here))
    raise AssertionError


def flown(far: int, speed: int, fly: int, comes_back: bool) -> Fraction:
    """The way of the fly leg by leg, until the cyclists are a thousandth of a millimetre apart."""
    gap, way = Fraction(far), Fraction(0)
    while gap > Fraction(1, 10**9):
        hours = gap / (speed + fly)
        way, gap = way + hours * fly, gap - 2 * speed * hours
        if not comes_back:
            return way
    return Fraction(round(way, 6))


AGAIN: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "Water lilies": (
        lambda days: first_day(lambda day: 2 * 2 ** (day - 1) >= 2 ** (days - 1)),
        lambda days: first_day(lambda day: 2 * day >= days),
    ),
    "Looms and ribbons": (
        lambda a, _b, _c, many, ribbons: Fraction(ribbons, many) / Fraction(1, a),
        lambda a, b, c, ribbons: ribbons / (Fraction(c, b) / a),
    ),
    "The snail in the well": (climbing, lambda deep, climbs, _slips: climbing(deep, climbs, 0)),
    "Socks in the dark": (
        lambda red, blue: surely(red, blue, lambda r, b: r >= 2 or b >= 2),
        lambda red, blue: surely(red, blue, lambda r, b: r >= 1 and b >= 1),
    ),
    "The striking clock": (
        lambda strokes, gap: max(range(0, strokes * gap, gap)),
        lambda strokes, gap: sum([gap] * strokes),
    ),
    "Sawing wood": (
        lambda pieces, minutes: sum(minutes for _ in range(1, pieces)),
        lambda pieces, minutes: sum(minutes for _ in range(pieces)),
    ),
    "Posts along a path": (
        lambda long, gap: len(range(0, long + 1, gap)),
        lambda long, gap: len({metre % long for metre in range(0, long + 1, gap)}),
    ),
    "Shaking hands": (
        lambda people: len(list(combinations(range(people), 2))),
        lambda people: len([pair for pair in combinations(range(people), 2) if 0 in pair]),
    ),
    "Sisters and brothers": (
        lambda girls: len({*range(girls), "the brother"}),
        lambda girls, _families: len([*range(girls), *range(girls)]),
    ),
    "Candles in the wind": (
        lambda all_, out: len(range(all_)[:out]),
        lambda all_, out: len(range(all_)[out:]),
    ),
    "Taking pears": (
        lambda all_, some: len(range(all_)[:some]),
        lambda all_, some: len(range(all_)[some:]),
    ),
    "Overtaking": (
        lambda place: [*range(1, place), "you", "passed"].index("you") + 1,
        lambda place: [*range(1, place - 1), "you", "next", "passed"].index("you") + 1,
    ),
    "The ladder and the tide": (
        lambda gap, under, _rise: sum(rung * gap < under * gap for rung in range(100)),
        lambda gap, under, rise: sum(rung * gap < under * gap + rise for rung in range(100)),
    ),
    "Boiling eggs": (
        lambda minutes, eggs: max(minutes for _ in range(eggs)),
        lambda minutes, eggs: sum(minutes for _ in range(eggs)),
    ),
    "Pills": (
        lambda pills, minutes: [minutes * n for n in range(pills)][-1],
        lambda pills, minutes, _first: [minutes * n for n in range(1, pills + 1)][-1],
    ),
    "The fly between cyclists": (
        lambda far, speed, fly: flown(far, speed, fly, comes_back=True),
        lambda far, speed, fly: flown(far, speed, fly, comes_back=False),
    ),
    "The younger sister": (
        lambda then, now: Fraction(then, 2) + (now - then),
        lambda then, now: len(range(then, now)),
    ),
    "The bridge at night": (
        lambda *times: crossing(times),
        lambda *times: max(times),
    ),
    "Counting a digit": (
        lambda first, last, digit: "".join(map(str, range(first, last + 1))).count(str(digit)),
        lambda first, last, digit: sum(str(digit) in str(n) for n in range(first, last + 1)),
    ),
    "A hen and a half": (
        lambda hens, days: hens * days * (Fraction(3, 2) / (Fraction(3, 2) * Fraction(3, 2))),
        lambda hens, days: sum(days for _ in range(hens)),
    ),
}
"""Both answers again, from the numbers as they stand in the text."""


@pytest.mark.parametrize("index", range(20))
@given(seed=SEEDS)
def test_altered_riddles(index: int, seed: int) -> None:
    found = made("altered_riddles", seed, index, 1)
    original, altered = found["original"].item, found["altered"].item
    for item, again in zip((original, altered), AGAIN[RIDDLES[index].name], strict=True):
        assert int(item.answer) == again(*numbers_in(item.text)), item.text
    assert original.answer != altered.answer
    assert set(numbers_in(original.text)) == set(numbers_in(altered.text))
    lengths = [len(words_in(item.text)) for item in (original, altered)]
    assert max(lengths) <= 1.25 * min(lengths)


# Letter strings --------------------------------------------------------------------------------


@given(seed=SEEDS, index=st.integers(0, 40), level=st.integers(3, 6))
def test_the_check_is_of_the_order_that_the_changed_item_gives(
    seed: int, index: int, level: int
) -> None:
    found = made("letter_strings", seed, index, level)
    openings = {name: each.item.text.partition("\n\n")[0] for name, each in found.items()}
    assert openings["check"] == openings["permuted"] != openings["usual"]
    order = openings["check"].partition(": ")[2].rstrip(".").split()
    (letter,) = re.findall(r"right after (\w)\?", found["check"].item.text)
    assert found["check"].item.answer == order[order.index(letter) + 1]
    problem = set(re.findall(r"\b\w\b", found["permuted"].item.text.partition("\n\n")[2]))
    assert not {letter, found["check"].item.answer} & problem
    assert len({len(words_in(found[name].item.text)) for name in ("usual", "permuted")}) == 1
