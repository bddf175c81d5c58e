"""The order that entailments give, and the places where it is drawn."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from evaluations.leaderboards.logic.drawing import BOX, drawing_of, wrapped
from evaluations.leaderboards.logic.order import order_of
from evaluations.rules import entails, stated
from evaluations.rules.tests.strategies import rules


@given(st.lists(rules(max_leaves=4), min_size=1, max_size=8))
def test_lines_are_the_fewest_from_which_all_else_follows(some: list[object]) -> None:
    ready = [stated(rule) for rule in some]
    pairs = {
        (one, other)
        for one, other in itertools.permutations(range(len(ready)), 2)
        if entails(ready[one], ready[other])
    }
    order = order_of(range(len(ready)), pairs)
    number = {key: place for place, members in enumerate(order.classes) for key in members}
    for one, other in itertools.permutations(range(len(ready)), 2):
        same = (one, other) in pairs and (other, one) in pairs
        assert (number[one] == number[other]) == same
    reached = set(order.lines)
    for _ in order.classes:
        reached |= {(a, d) for a, b in reached for c, d in order.lines if b == c}
    expected = {(number[a], number[b]) for a, b in pairs if number[a] != number[b]}
    assert reached == expected
    for line in order.lines:
        others = set(order.lines) - {line}
        closure = set(others)
        for _ in order.classes:
            closure |= {(a, d) for a, b in closure for c, d in others if b == c}
        assert line not in closure, "a line that follows from others is not drawn"
        assert order.layer[line[0]] < order.layer[line[1]]


def test_layers_count_the_longest_chain() -> None:
    order = order_of([7, 8, 9, 5, 6], {(7, 8), (8, 9), (7, 9), (5, 9)})
    assert [order.layer[place] for place in range(4)] == [0, 1, 2, 0]
    assert order.lines == [(0, 1), (1, 2), (3, 2)]
    assert order.alone == [4]


def test_boxes_do_not_touch_and_lines_lead_to_the_right() -> None:
    pairs = {(n, m) for n in range(12) for m in range(12) if n < m and (m % (n + 2) == 0)}
    order = order_of(range(20), pairs)
    drawing = drawing_of(order, {n: f"A definition of some length, number {n}" for n in range(20)})
    assert drawing is not None
    for one, other in itertools.combinations(drawing.boxes, 2):
        apart_across = abs(one.x - other.x) >= BOX
        first, second = sorted((one, other), key=lambda box: box.y)
        assert apart_across or second.y >= first.y + first.height
    at = {box.number: box for box in drawing.boxes}
    assert all(at[each.strict].x < at[each.lax].x for each in drawing.curves)
    assert all(box.y >= 0 and box.y + box.height <= drawing.height for box in drawing.boxes)
    assert drawing_of(order_of([1, 2], set()), {0: "a", 1: "b"}) is None


def test_long_names_are_cut_off_after_two_lines() -> None:
    assert wrapped("Walton: premises to conclusions by warrants") == [
        "Walton: premises to",
        "conclusions by warrants",
    ]
    cut = wrapped("word " * 30)
    assert len(cut) == 2
    assert cut[1].endswith("…")
    assert all(len(line) <= 30 for line in wrapped("x" * 90))
