"""Storing comparisons: once a form, one in force for the two, undo restores what it replaced."""

import uuid
from typing import Any

import pytest

from evaluations.judgments.answers.actions import JudgmentRefused, Stale, reveal_answers
from evaluations.judgments.items.queue import lease_on
from evaluations.judgments.models import Comparison, Item, Judge
from evaluations.judgments.pairs.actions import (
    latest_comparison_id,
    open_definitions,
    submit_comparison,
    undo_comparison,
)
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge() -> Judge:
    return make_judge()


@pytest.fixture
def pair() -> tuple[Output, Output]:
    prompt = make_prompt()
    return make_output(prompt=prompt), make_output(prompt=prompt)


def compare(judge: Judge, pair: tuple[Output, Output], value: str, **fields: Any) -> Comparison:
    fields.setdefault("form_token", uuid.uuid4())
    return submit_comparison(judge=judge, left=pair[0], right=pair[1], value=value, **fields)


def in_force(judge: Judge) -> list[str]:
    return list(
        Comparison.objects.filter(judge=judge, is_current=True).values_list("value", flat=True)
    )


def counters(item: Item) -> tuple[int, int]:
    item.refresh_from_db()
    return item.done, item.leased


def test_a_comparison_keeps_sides_comment_and_confidence(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    stored = compare(
        judge, (pair[1], pair[0]), "right", comment="shorter", confidence=70, seconds=4.5
    )
    assert (stored.left, stored.right) == (pair[1], pair[0])
    assert (stored.comment, stored.confidence, stored.seconds) == ("shorter", 70, 4.5)
    assert stored.blind
    assert stored.is_current


def test_a_form_sent_twice_is_stored_once(judge: Judge, pair: tuple[Output, Output]) -> None:
    token = uuid.uuid4()
    first = compare(judge, pair, "tie", form_token=token, seen=0)
    assert compare(judge, pair, "tie", form_token=token, seen=0) == first
    with pytest.raises(Stale):
        compare(judge, pair, "left", form_token=token, seen=0)
    assert Comparison.objects.count() == 1


def test_a_form_from_before_another_save_is_stale(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    seen = latest_comparison_id(judge, *pair)
    compare(judge, pair, "left", seen=seen)
    with pytest.raises(Stale):
        compare(judge, pair, "right", seen=seen)
    assert in_force(judge) == ["left"]


def test_a_later_comparison_on_other_sides_replaces_the_earlier(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    first = compare(judge, pair, "left")
    second = compare(judge, (pair[1], pair[0]), "left")
    assert second.supersedes == first
    assert in_force(judge) == ["left"]
    assert Comparison.objects.filter(is_current=True).get() == second
    other = make_judge()
    compare(other, pair, "tie")
    assert Comparison.objects.filter(is_current=True).count() == 2


def test_each_definition_and_the_plain_question_stand_side_by_side(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    make_criterion("one")
    version = make_definition("taylor", {"all": ["one"]})
    compare(judge, pair, "left")
    compare(judge, pair, "right", definition_version=version)
    assert sorted(in_force(judge)) == ["left", "right"]


def test_undo_restores_what_was_replaced_and_keeps_the_history(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    compare(judge, pair, "left")
    second = compare(judge, pair, "neither")
    undone = undo_comparison(judge=judge, form_token=second.form_token)
    assert undone == second
    assert in_force(judge) == ["left"]
    assert Comparison.objects.count() == 2
    assert undo_comparison(judge=judge, form_token=second.form_token) is None
    with pytest.raises(Stale):
        compare(judge, pair, "neither", form_token=second.form_token)


def test_what_a_later_comparison_rests_on_cannot_be_undone(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    first = compare(judge, pair, "left")
    compare(judge, pair, "right")
    with pytest.raises(Stale):
        undo_comparison(judge=judge, form_token=first.form_token)


def test_somebody_elses_comparison_cannot_be_undone(pair: tuple[Output, Output]) -> None:
    first = compare(make_judge(), pair, "left")
    assert undo_comparison(judge=make_judge(), form_token=first.form_token) is None


def test_a_blind_answer_that_is_repeated_after_others_were_seen_stays_in_force(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    blind = compare(judge, pair, "left")
    reveal_answers(judge=judge, output=pair[1])
    repeated = compare(judge, (pair[1], pair[0]), "right")
    assert not repeated.blind
    assert not repeated.is_current
    changed = compare(judge, pair, "right")
    assert changed.supersedes == blind
    assert changed.is_current


@pytest.mark.parametrize("value", ["", "both", "yes"])
def test_an_unknown_answer_is_refused(
    judge: Judge, pair: tuple[Output, Output], value: str
) -> None:
    with pytest.raises(JudgmentRefused, match="not one of the four"):
        compare(judge, pair, value)


def test_only_finished_outputs_to_one_prompt_are_a_pair(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    elsewhere = make_output(prompt=make_prompt())
    waiting = make_output(prompt=pair[0].prompt, state="pending")
    with pytest.raises(JudgmentRefused, match="same prompt"):
        compare(judge, (pair[0], elsewhere), "tie")
    with pytest.raises(JudgmentRefused, match="same prompt"):
        compare(judge, (pair[0], pair[0]), "tie")
    with pytest.raises(JudgmentRefused, match="unfinished or withdrawn"):
        compare(judge, (pair[0], waiting), "tie")


def test_the_last_definition_finishes_the_item_and_undo_reopens_it(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    make_criterion("one")
    definitions = (
        make_definition("first", {"all": ["one"]}),
        make_definition("second", {"all": ["one"]}),
    )
    version = make_protocol(subject="pair", definitions=definitions)
    item = make_item(version, pair=pair)
    lease_on(item, judge)
    assert counters(item) == (0, 1)
    one, two = open_definitions(item, judge)
    compare(judge, pair, "left", item=item, definition_version=one)
    assert counters(item) == (0, 1)
    assert open_definitions(item, judge) == [two]
    last = compare(judge, pair, "tie", item=item, definition_version=two)
    assert last.finishes_item
    assert not last.is_surplus
    assert counters(item) == (1, 0)
    version.refresh_from_db()
    assert version.frozen_at is not None
    undo_comparison(judge=judge, form_token=last.form_token)
    assert counters(item) == (0, 1)
    assert open_definitions(item, judge) == [two]
    compare(judge, pair, "right", item=item, definition_version=two)
    assert counters(item) == (1, 0)


def test_a_changed_mind_does_not_count_twice(judge: Judge, pair: tuple[Output, Output]) -> None:
    item = make_item(make_protocol(subject="pair"), pair=pair)
    compare(judge, pair, "left", item=item)
    changed = compare(judge, pair, "right", item=item)
    assert counters(item) == (1, 0)
    assert not changed.finishes_item
    undo_comparison(judge=judge, form_token=changed.form_token)
    assert counters(item) == (1, 0)
    assert in_force(judge) == ["left"]


def test_one_judge_too_many_is_kept_as_surplus(pair: tuple[Output, Output]) -> None:
    item = make_item(make_protocol(subject="pair", judges_per_item=1), pair=pair)
    assert not compare(make_judge(), pair, "left", item=item).is_surplus
    assert compare(make_judge(), pair, "right", item=item).is_surplus
    assert counters(item) == (1, 0)


def test_an_item_takes_only_its_own_pair_and_questions(
    judge: Judge, pair: tuple[Output, Output]
) -> None:
    make_criterion("one")
    item = make_item(make_protocol(subject="pair"), pair=pair)
    third = make_output(prompt=pair[0].prompt)
    with pytest.raises(JudgmentRefused, match="not the one"):
        compare(judge, (pair[0], third), "tie", item=item)
    with pytest.raises(JudgmentRefused, match="does not ask"):
        compare(
            judge, pair, "tie", item=item,
            definition_version=make_definition("other", {"all": ["one"]}),
        )  # fmt: skip


def test_definitions_begin_at_another_place_from_judge_to_judge(
    pair: tuple[Output, Output],
) -> None:
    make_criterion("one")
    definitions = tuple(make_definition(slug, {"all": ["one"]}) for slug in ("a", "b", "c"))
    item = make_item(make_protocol(subject="pair", definitions=definitions), pair=pair)
    first = {open_definitions(item, make_judge())[0] for _ in range(3)}
    assert first == set(definitions)
