"""The right answers of the shipped prompts, worked out anew wherever they can be."""

import ast
import operator
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest

from evaluations.prompts.tests.shipped_prompts import BY_SLUG, CHECKED, GENERATED, GRADED, slug_of

OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _value(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left), _value(right))
    raise AssertionError(f"not arithmetic: {ast.dump(node)}")


@pytest.mark.parametrize("prompt", CHECKED, ids=slug_of)
def test_arithmetic(prompt: dict[str, Any]) -> None:
    value = _value(ast.parse(prompt["check"], mode="eval").body)
    assert Fraction(prompt["reference"]) == value
    if prompt["slug"] == "sheep":
        return
    # Numbers of the expression that the text lacks would be numbers of another problem.
    extra = set(re.findall(r"\d+", prompt["check"])) - set(re.findall(r"\d+", prompt["text"]))
    assert extra <= {"1", "2", "3"}


def _seatings(names: str) -> Iterator[dict[str, int]]:
    for order in permutations(names):
        seat = {name: place for place, name in enumerate(order)}
        if (
            seat["A"] == 0
            and seat["D"] == seat["B"] + 1
            and abs(seat["C"] - seat["A"]) != 1
            and ("E" not in seat or seat["E"] == seat["C"] + 1)
        ):
            yield seat


@pytest.mark.parametrize(
    ("slug", "names"),
    [("seats-2", "ABCD"), ("seats-reordered-2", "ABCD"), ("seats-larger-2", "ABCDE")],
)
def test_seats(slug: str, names: str) -> None:
    last = {max(seat, key=lambda name: seat[name]) for seat in _seatings(names)}
    # The options stand in the order of the names, so that letter and initial are one.
    assert last == {BY_SLUG[slug]["reference"]}
    assert re.findall(r"^([A-E])\) \1", BY_SLUG[slug]["text"], re.MULTILINE) == list(names)


@pytest.mark.parametrize(
    ("slug", "lit"),
    [
        ("rain-chain-2", False),
        ("rain-chain-reordered-2", False),
        ("rain-chain-changed-fact-2", True),
    ],
)
def test_rain_and_the_gym(slug: str, lit: bool) -> None:
    rained = {
        rain
        for rain, off, gym, light in product([False, True], repeat=4)
        if rain <= off <= gym <= light and light == lit
    }
    letters = {"A": {True}, "B": {False}, "C": {True, False}}
    assert letters[BY_SLUG[slug]["reference"]] == rained


@pytest.mark.parametrize(
    ("slug", "true_word"), [("both-knaves-2", "A knight"), ("both-knaves-surface-2", "Honest")]
)
def test_both_of_us_lie(slug: str, true_word: str) -> None:
    second = {
        other
        for speaker, other in product([False, True], repeat=2)
        if speaker == (not speaker and not other)
    }
    assert second == {True}
    assert BY_SLUG[slug]["reference"] == "A"
    assert f"\nA) {true_word}\n" in BY_SLUG[slug]["text"]


def test_sages_and_fools() -> None:
    prompt = BY_SLUG["sages-and-fools-2"]
    assert 'Zoey says: "Riley is a fool."' in prompt["text"]
    assert 'Riley says: "Zoey is a sage, or I am a sage."' in prompt["text"]
    solutions = [
        (zoey, riley)
        for zoey, riley in product([False, True], repeat=2)
        if zoey == (not riley) and riley == (zoey or riley)
    ]
    assert solutions == [(False, True)]
    assert prompt["reference"] == "A"
    assert "\nA) A sage\n" in prompt["text"]


SYLLOGISMS = [slug for slug in BY_SLUG if slug.startswith("syllogism-")]
STATEMENT = re.compile(r"(All|No|Some|all|no|some) (\w+) are (not )?(\w+)")


def _holds(statement: re.Match[str], things: tuple[frozenset[str], ...]) -> bool:
    quantifier, subject, negated, predicate = statement.groups()
    among = [(predicate in thing) != bool(negated) for thing in things if subject in thing]
    return {"all": all(among), "no": not any(among), "some": any(among)}[quantifier.lower()]


@pytest.mark.parametrize("import_", [False, True], ids=["empty-terms", "no-empty-terms"])
@pytest.mark.parametrize("slug", SYLLOGISMS)
def test_syllogisms(slug: str, import_: bool) -> None:
    """Worlds of up to four things: as many kinds as three statements can need. Whether terms may
    be empty is the question on which traditional and modern logic differ; no item rests on it.
    """
    *premises, conclusion = STATEMENT.finditer(BY_SLUG[slug]["text"])
    assert len(premises) == 2
    terms = sorted({term for part in (*premises, conclusion) for term in part.group(2, 4)})
    assert len(terms) == 3
    kinds = [
        frozenset(term for term, member in zip(terms, members, strict=True) if member)
        for members in product([False, True], repeat=3)
    ]
    follows = all(
        _holds(conclusion, things)
        for things in product(kinds, repeat=4)
        if (not import_ or frozenset().union(*things) == set(terms))
        and all(_holds(premise, things) for premise in premises)
    )
    assert BY_SLUG[slug]["reference"] == ("A" if follows else "B")
    assert BY_SLUG[slug]["text"].endswith("\nA) Yes\nB) No")
    assert ("-valid-" in slug) == follows


def test_syllogisms_cross_validity_with_belief() -> None:
    assert set(SYLLOGISMS) == {
        f"syllogism-{validity}-{belief}"
        for validity in ("valid", "invalid")
        for belief in ("believable", "unbelievable")
    }


def test_sisters_of_a_brother() -> None:
    text = BY_SLUG["sisters-of-a-brother"]["text"]
    assert text.startswith("Jennifer has 3 brothers and she also has 6 sisters.")
    assert int(BY_SLUG["sisters-of-a-brother"]["reference"]) == 6 + 1


SERIES: dict[str, list[Callable[[list[int]], int]]] = {
    "doubling-gaps-2": [lambda s: s[-1] + 2 * (s[-1] - s[-2]), lambda s: 2 * s[-1] - 4],
    "doubling-gaps-surface-2": [lambda s: s[-1] + 2 * (s[-1] - s[-2]), lambda s: 2 * s[-1] - 3],
    "series-from-minus-eight-2": [lambda s: s[-1] + 2 * (s[-1] - s[-2]), lambda s: 2 * s[-1] + 12],
    "series-of-sums-2": [lambda s: s[-1] + s[-2]],
}


@pytest.mark.parametrize(("slug", "rules"), SERIES.items(), ids=SERIES)
def test_series(slug: str, rules: list[Callable[[list[int]], int]]) -> None:
    prompt = BY_SLUG[slug]
    numbers = [int(number) for number in re.findall(r"-?\d+", prompt["text"])]
    assert len(numbers) >= 5
    for rule in rules:
        for place in range(2, len(numbers)):
            assert rule(numbers[:place]) == numbers[place]
        assert rule(numbers) == int(prompt["reference"])


@pytest.mark.parametrize(
    ("slug", "rule"),
    [("hidden-rule-2", lambda n: 2 * n + 1), ("hidden-rule-surface", lambda n: 3 * n + 2)],
)
def test_rules_from_instances(slug: str, rule: Callable[[int], int]) -> None:
    prompt = BY_SLUG[slug]
    instances = re.findall(r"(\d+) into (\d+)", prompt["text"])
    assert len(instances) == 3
    assert all(rule(int(given)) == int(result) for given, result in instances)
    assert rule(7) == int(prompt["reference"])


def test_word_club() -> None:
    def mirrored(word: str) -> bool:
        return word == word[::-1]

    text = BY_SLUG["word-club-2"]["text"]
    assert "words level, noon and radar are" in text
    assert "words lemon, river and moon are not" in text
    assert all(map(mirrored, ["level", "noon", "radar", "civic"]))
    assert not any(map(mirrored, ["lemon", "river", "moon"]))
    assert BY_SLUG["word-club-2"]["reference"] == "A"
    assert "\nA) Yes\n" in text


@pytest.mark.parametrize(
    "slug",
    ["to-the-airport-2", "to-the-airport-irrelevant-2", "to-the-airport-changed-fact-2"],
)
def test_to_the_airport(slug: str) -> None:
    ways = re.findall(
        r"The (?:train|bus) leaves at 8:(\d+), takes (\d+) minutes and costs (\d+) euros"
        r"|A taxi can leave at 8:(\d+), takes (\d+) minutes and costs (\d+) euros",
        BY_SLUG[slug]["text"],
    )
    in_time = []
    for letter, way in zip("ABC", ways, strict=True):
        start, length, cost = (int(number) for number in way if number)
        if start + length <= 60 and cost <= 50:
            in_time.append((cost, letter))
    assert min(in_time)[1] == BY_SLUG[slug]["reference"]


def test_table_through_door() -> None:
    text = BY_SLUG["table-through-door-2"]["text"]
    assert "160 cm long, 90 cm wide and 75 cm high" in text
    assert "80 cm wide and 200 cm high" in text
    upright, on_its_side = (90, 75), (75, 90)
    assert [wide <= 80 and high <= 200 for wide, high in (upright, on_its_side)] == [False, True]
    assert BY_SLUG["table-through-door-2"]["reference"] == "B"


@pytest.mark.parametrize(("slug", "room"), [("river-crossing", 1), ("river-crossing-altered", 3)])
def test_river_crossing(slug: str, room: int) -> None:
    everything = frozenset({"wolf", "goat", "cabbage"})

    def safe(alone: frozenset[str]) -> bool:
        return not ({"wolf", "goat"} <= alone or {"goat", "cabbage"} <= alone)

    # A state is what stands on the first bank, and whether the farmer does.
    reached, frontier, crossings = {(everything, True)}, {(everything, True)}, 0
    while (frozenset(), False) not in reached:
        crossings += 1
        ahead = set()
        for first_bank, farmer_there in frontier:
            here = first_bank if farmer_there else everything - first_bank
            for taken in product([False, True], repeat=len(here)):
                load = frozenset(c for c, t in zip(sorted(here), taken, strict=True) if t)
                if len(load) <= room and safe(here - load):
                    ahead.add((first_bank ^ load, not farmer_there))
        frontier = ahead - reached
        assert frontier, "no way across"
        reached |= frontier
    assert crossings == int(BY_SLUG[slug]["reference"])


def test_three_doors() -> None:
    """Weights of the cases in which the host opens door 3, the player having chosen door 1."""
    weights = {1: Fraction(1, 3) * Fraction(1, 2), 2: Fraction(1, 3)}
    assert weights[2] > weights[1]
    assert BY_SLUG["three-doors-2"]["reference"] == "B"
    assert (
        "you see the car behind door 1. You choose door 1."
        in (BY_SLUG["three-doors-altered-2"]["text"])
    )
    assert BY_SLUG["three-doors-altered-2"]["reference"] == "A"


READ_OFF = {
    "dark-lamp-2": "The lamp or its cord",
    "dark-lamp-changed-fact-2": "The wall socket",
    "dinner-for-all-2": "Tomato soup with beans",
    "surgeon-2": "The boy's mother",
    "surgeon-altered-2": "The boy's father",
    "feathers-2": "Both weigh the same",
    "feathers-altered-2": "One kilogram of feathers",
}
"""Answers that no short program finds: the option that a careful reader picks."""


@pytest.mark.parametrize(("slug", "option"), READ_OFF.items(), ids=READ_OFF)
def test_answers_read_off_the_text(slug: str, option: str) -> None:
    prompt = BY_SLUG[slug]
    assert f"{prompt['reference']}) {option}" in prompt["text"].splitlines()


def test_no_answer_goes_unchecked() -> None:
    ours = {p["slug"] for p in GENERATED if p["origin"]["package"] != "reasoning-gym"}
    arithmetic = {prompt["slug"] for prompt in CHECKED}
    tests = Path(__file__).read_text(encoding="utf-8")
    unchecked = [
        prompt["slug"]
        for prompt in GRADED
        if prompt["slug"] not in ours | arithmetic
        and prompt["slug"] not in SYLLOGISMS
        and f'"{prompt["slug"]}"' not in tests
    ]
    assert unchecked == []
