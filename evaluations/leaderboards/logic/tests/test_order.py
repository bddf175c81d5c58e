"""The order that entailments give, and the places where it is drawn."""

import itertools
import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from evaluations.leaderboards.logic.drawing import BOX, GAP, LETTERS, drawing_of, written
from evaluations.leaderboards.logic.order import Order, order_of
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


def chain_and_more() -> Order:
    pairs = {(n, m) for n in range(12) for m in range(12) if n < m and (m % (n + 2) == 0)}
    return order_of(range(20), pairs | {(n, 11) for n in range(12, 18)} | {(0, 11)})


def named(order: Order) -> dict[int, list[str]]:
    return {n: [f"A definition of some length, number {n}"] for n in range(len(order.classes))}


def test_boxes_do_not_touch_and_lines_lead_to_the_right() -> None:
    order = chain_and_more()
    drawing = drawing_of(order, named(order))
    assert drawing is not None
    for one, other in itertools.combinations(drawing.boxes, 2):
        apart_across = abs(one.x - other.x) >= BOX
        first, second = sorted((one, other), key=lambda box: box.y)
        assert apart_across or second.y >= first.y + first.height + GAP - 1
    at = {box.number: box for box in drawing.boxes}
    assert all(at[each.strict].x < at[each.lax].x for each in drawing.curves)
    assert all(box.y > 0 and box.y + box.height < drawing.height for box in drawing.boxes)
    assert all(box.x > 0 and box.x + BOX < drawing.width for box in drawing.boxes)
    assert drawing_of(order_of([1, 2], set()), {0: ["a"], 1: ["b"]}) is None


def test_no_line_runs_through_a_box() -> None:
    """A chain of five, past the middle of which a line leads to its end."""
    chain = {(n, m) for n in range(5) for m in range(5) if n < m}
    order = order_of(range(6), chain | {(0, 5), (5, 4)})
    drawing = drawing_of(order, named(order))
    assert drawing is not None
    at = {box.number: box for box in drawing.boxes}
    passing = 0
    for each in drawing.curves:
        # Where a curve goes on through a column, it does so level: from its last point to "H".
        for level, end in re.findall(r" (\d+)H(\d+)", each.path):
            column = int(end) - BOX
            assert at[each.strict].x < column < at[each.lax].x
            for box in drawing.boxes:
                is_clear = not box.y <= int(level) <= box.y + box.height
                assert box.x != column or is_clear, f"{each} runs through {box}"
            passing += 1
    assert passing > 0


def test_the_first_column_is_filled_from_the_top() -> None:
    """So the drawing opens on boxes, also where it is wider than the screen."""
    star = order_of(range(13), {(0, 1), (1, 2)} | {(n, 2) for n in range(3, 13)})
    drawn = drawing_of(star, named(star))
    assert drawn is not None
    assert Counter(box.x for box in drawn.boxes).most_common() == [(1, 6), (289, 6), (577, 1)]
    assert min(box.y for box in drawn.boxes if box.x == 1) < GAP


def test_long_names_are_cut_off_after_three_lines() -> None:
    assert written(["Walton: premises to conclusions by warrants"]) == [
        "Walton: premises to",
        "conclusions by warrants",
    ]
    cut = written(["word " * 30])
    assert len(cut) == 3
    assert cut[2].endswith("…")
    assert all(len(line) <= LETTERS for line in cut + written(["x" * 90]))


def test_a_box_names_each_that_says_the_same() -> None:
    assert written(["Walton", "Hobbes: reckoning"]) == ["Walton", "= Hobbes: reckoning"]
    assert written(list("abcde")) == ["a", "= b", "= c", "= 2 more"]
