"""Agreement between people under a protocol: numbers by hand, and which answers count."""

import uuid

import numpy as np
import pytest

from evaluations.judgments.answers.actions import undo_judgment
from evaluations.judgments.models import Answer, Item, ProtocolVersion, Reveal
from evaluations.judgments.pairs.actions import submit_comparison
from evaluations.judgments.review.adjudication import adjudicate
from evaluations.judgments.review.agreement import Agreement, agreement_of, power_of
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    reword,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.review_cast import judged, make_judged_protocol, serve

pytestmark = pytest.mark.django_db


def on(version: ProtocolVersion, key: str = "sound", **fields: bool) -> Agreement:
    return next(row for row in agreement_of(version, **fields) if row.question.key == key)


@pytest.fixture
def protocol() -> tuple[ProtocolVersion, list[Item]]:
    return make_judged_protocol()


def test_numbers_are_those_worked_out_by_hand(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    judged(make_judge(), items, "yyny", "yyyy")
    judged(make_judge(), items, "ynnp", "yyyy")
    sound, short = agreement_of(version)
    # Three no, one partly, four yes: squared distances of ranks are no-partly (4 - 2)^2 = 4,
    # partly-yes (5 - 2.5)^2 = 6.25, no-yes (8 - 3.5)^2 = 20.25. Observed no-yes and partly-yes.
    expected = 3 * 1 * 4 + 1 * 4 * 6.25 + 3 * 4 * 20.25
    assert sound.spread == pytest.approx(1 - 7 * (20.25 + 6.25) / expected)
    assert sound.alpha.value is not None
    assert sound.alpha.value.low < 0.3375 < sound.alpha.value.high
    assert sound.raw.value is not None
    assert sound.raw.value.estimate == 0.5
    chance = (0.5 * 0.5 + 0.375 * 0.625 + 0.125 * 0.875) / 2
    assert sound.ac1.value is not None
    assert sound.ac1.value.estimate == pytest.approx((0.5 - chance) / (1 - chance))
    assert (sound.items, sound.judges, sound.pairable, sound.left_out) == (4, 2, 8, 0)
    assert short.spread is None
    assert short.alpha.why_not == "every judge gave the same answer"
    assert short.raw.value is not None
    assert short.raw.value.estimate == 1


def test_cannot_tell_is_no_answer_and_one_item_gives_no_interval(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    judged(make_judge(), items, "ycy-")
    judged(make_judge(), items, "ny--")
    sound = on(version)
    assert (sound.items, sound.judges, sound.pairable) == (3, 2, 2)
    # Two answers that differ agree exactly as expected of two that are drawn without replacement.
    assert sound.spread == pytest.approx(0)
    assert sound.alpha.why_not == "only one item has two answers"


def test_only_blind_answers_of_people_without_a_suggestion_count(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, (item, *_) = protocol
    serve(make_judge(), item, {"sound": "yes"})
    seer, led, guest = make_judge(), make_judge(), make_judge("guest")
    Reveal.objects.create(judge=seer, output=item.output)
    serve(seer, item, {"sound": "no"})
    serve(led, item, {"sound": "no"}, suggestion_shown=True)
    serve(guest, item, {"sound": "partly"})
    serve(make_judge("guest"), item, {"sound": "no"}, guest_check="held-back")
    serve(make_judge("model"), item, {"sound": "no"})
    sound = on(version)
    assert sound.ratings.tolist() == [[2]]
    assert (sound.judges, sound.left_out) == (1, 4)
    with_guests = on(version, guests=True)
    assert sorted(with_guests.ratings[:, 0]) == [1, 2]
    assert (with_guests.judges, with_guests.left_out) == (2, 3)
    serve(make_judge(), item, {"sound": "yes"}, suggestion_shown=False)
    assert on(version).judges == 2


def test_gold_other_protocols_withdrawn_and_superseded_answers_are_left_out(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, (item, other, *_) = protocol
    ida, jon = make_judge(), make_judge()
    serve(ida, item, {"sound": "no"})
    serve(ida, item, {"sound": "yes"})
    serve(jon, make_item(version, make_output(), is_gold=True), {"sound": "no"})
    give(jon, make_output(), {"sound": "no"})
    token = uuid.uuid4()
    serve(jon, other, {"sound": "no"}, form_token=token)
    undo_judgment(judge=jon, form_token=token)
    sound = on(version)
    assert sound.ratings.tolist() == [[2]]
    assert sound.judges == 1


def test_a_new_question_begins_without_answers(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    judged(make_judge(), items, "yyny")
    judged(make_judge(), items, "ynny")
    wording = version.blocks.get().criteria.get(key="sound").versions.get()
    reword(wording, "The same, put better?")
    assert on(version).pairable == 8
    reword(wording, "Something else?", new_question=True)
    assert on(version).pairable == 0
    assert on(version).alpha.why_not == "no item has two answers"


def test_a_question_about_the_prompt_is_answered_once_a_prompt() -> None:
    make_criterion("sound")
    make_criterion("puzzling", level="prompt")
    version = make_protocol(blocks=(make_block("sound", "puzzling"),))
    prompt = make_prompt()
    items = [make_item(version, make_output(prompt=prompt)) for _ in range(2)]
    for judge, value in ((make_judge(), "yes"), (make_judge(), "no")):
        for item in items:
            serve(judge, item, {"sound": value, "puzzling": value})
    assert on(version).items == 2
    assert on(version, "puzzling").ratings.shape == (2, 1)
    assert on(version, "puzzling").pairable == 2


def test_direct_and_holistic_answers_have_lines_of_their_own() -> None:
    make_criterion("sound")
    definition = make_definition("taylor", "sound")
    version = make_protocol(
        blocks=(make_block("sound"),), definitions=(definition,), asks_holistic=True
    )
    keys = [row.question.key for row in agreement_of(version)]
    assert keys == ["sound", "holistic", "definition-taylor"]


def test_decisions_change_no_measure(protocol: tuple[ProtocolVersion, list[Item]]) -> None:
    version, items = protocol
    judged(make_judge(), items, "yyny")
    judged(make_judge(), items, "ynnp")
    before = on(version)
    answers = list(Answer.objects.order_by("pk").values())
    adjudicate(
        item=items[1],
        criterion_version=version.blocks.get().criteria.get(key="sound").versions.get(),
        value="yes",
        reason="slip",
        actor=version.protocol.owner,
    )
    after = on(version)
    assert after.spread == before.spread
    assert np.array_equal(after.ratings, before.ratings, equal_nan=True)
    assert list(Answer.objects.order_by("pk").values()) == answers


def test_pairs_agree_on_the_same_output_whichever_side_it_stood_on() -> None:
    version = make_protocol(subject="pair")
    prompt = make_prompt()
    pairs = [(make_output(prompt=prompt), make_output(prompt=prompt)) for _ in range(2)]
    first, second = (make_item(version, pair=pair) for pair in pairs)
    words = [
        (first, make_judge(), False, "left"),
        (first, make_judge(), True, "right"),
        (second, make_judge(), False, "tie"),
        (second, make_judge(), True, "right"),
    ]
    for item, judge, mirrored, value in words:
        sides = (item.right, item.left) if mirrored else (item.left, item.right)
        submit_comparison(
            judge=judge, left=sides[0], right=sides[1], value=value, form_token=uuid.uuid4(),
            item=item,
        )  # fmt: skip
    (plain,) = agreement_of(version)
    assert (plain.question.level, plain.question.categories) == ("nominal", 4)
    assert sorted(sorted(column) for column in plain.ratings.T.tolist()) == [[0, 0], [0, 2]]
    assert plain.judges == 4


def test_the_estimate_ends_with_enough_judges_and_says_why_there_is_none(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    assert power_of(on(version), 0.2).why_not == "no item has two answers"
    judged(make_judge(), items, "yyny", "yyyy")
    judged(make_judge(), items, "ynnp", "yyyy")
    never = power_of(on(version), 0.01)
    assert never.judges is None
    (two, widest), (three, narrower), *rest = never.widths
    assert (two, three, len(rest)) == (2, 3, 7)
    assert widest is not None
    assert narrower is not None
    between = power_of(on(version), (widest + narrower) / 2)
    assert between.widths == [(2, widest), (3, narrower)]
    assert between.judges == 3
    assert power_of(on(version, "short"), 0.2).why_not == "every judge gave the same answer"
