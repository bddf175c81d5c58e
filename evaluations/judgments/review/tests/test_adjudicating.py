"""Deciding what judges disagree on: who may, what is stored, and what comes next."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Adjudication, Item, ProtocolVersion, Reason, Reveal
from evaluations.judgments.review.adjudication import (
    AdjudicationRefused,
    adjudicate,
    decisions_of,
    reveal_item,
)
from evaluations.judgments.review.disputes import disputed_items, next_disputed
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    make_user,
    reword,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.review_cast import judged, make_judged_protocol, serve

pytestmark = pytest.mark.django_db


@pytest.fixture
def protocol() -> tuple[ProtocolVersion, list[Item]]:
    """Two judges part on “sound” of the second item, a little on that of the fourth."""
    version, items = make_judged_protocol()
    judged(make_judge(), items, "yyny", "yyyy")
    judged(make_judge(), items, "ynnp", "yyyy")
    return version, items


def wording_of(key: str = "sound") -> CriterionVersion:
    return CriterionVersion.objects.select_related("criterion").get(
        criterion__key=key, is_current=True
    )


def decide(item: Item, actor: User | None = None, **fields: str) -> Adjudication:
    return adjudicate(
        item=item,
        criterion_version=wording_of(fields.pop("key", "sound")),
        value=fields.pop("value", "yes"),
        reason=fields.pop("reason", "slip"),
        note=fields.pop("note", ""),
        actor=actor or item.version.protocol.owner,
    )


def test_owner_staff_and_moderators_decide_and_nobody_else(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    _, (item, *_) = protocol
    for actor in (make_user("staff", is_staff=True), make_user("mod", role="moderator")):
        assert decide(item, actor, note=actor.username).decided_by == actor
    for actor in (make_user("stranger"), make_user("other", role="researcher")):
        with pytest.raises(PermissionError):
            decide(item, actor)


def test_a_later_decision_supersedes_and_the_earlier_stays(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    _, (item, *_) = protocol
    first = decide(item, value="yes", reason="slip")
    again = decide(item, value="yes", reason="slip")
    assert again == first
    second = decide(item, value="no", reason="definition-gap", note="Nothing says so.")
    assert second.supersedes == first
    first.refresh_from_db()
    assert (first.is_current, first.value, first.reason) == (False, "yes", "slip")
    assert Adjudication.objects.filter(is_current=True).get() == second
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Adjudication.objects.update(value="no")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "maybe"}, "not one of the four answers"),
        ({"reason": "mood"}, "not one of the five reasons"),
        ({"note": "x" * 4001}, "4,000 characters at most"),
        ({"key": "elsewhere"}, "does not ask “elsewhere”"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_words(
    protocol: tuple[ProtocolVersion, list[Item]], fields: dict[str, str], words: str
) -> None:
    make_criterion("elsewhere")
    with pytest.raises(AdjudicationRefused, match=words):
        decide(protocol[1][0], **fields)
    assert not Adjudication.objects.exists()


def test_the_most_disputed_comes_first_then_what_is_left(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    worst, mild = items[1], items[3]
    assert next_disputed(version) == worst.pk
    assert next_disputed(version, after=worst.pk) == mild.pk
    assert next_disputed(version, after=mild.pk) == worst.pk
    decide(worst)
    assert next_disputed(version, after=worst.pk) == mild.pk
    found = disputed_items(version)
    assert (found.count, found.open) == (2, 1)
    assert [item.settled for item in found.items] == [True, False]
    decide(mild, reason="real-disagreement")
    assert next_disputed(version) is None
    decisions = decisions_of(version)
    assert dict(decisions.reasons) == {
        **dict.fromkeys(Reason.labels, 0), "slip": 1, "real disagreement": 1,
    }  # fmt: skip
    assert [(title, total) for title, total, _ in decisions.by_criterion] == [("sound", 2)]


def test_disagreement_is_the_mean_over_pairs_and_items_stand_by_the_sum(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    serve(make_judge(), items[3], {"sound": "no", "short": "no"})
    serve(make_judge(), items[3], {"sound": "cannot-tell"})
    first, second = disputed_items(version).items
    assert (first.pk, second.pk) == (items[3].pk, items[1].pk)
    by_key = {each.wording.criterion.key: each for each in first.disputes}
    assert by_key["sound"].disagreement == pytest.approx((1 + 0.25 + 0.25) / 3)
    assert by_key["short"].disagreement == pytest.approx(2 / 3)
    assert first.total == pytest.approx(0.5 + 2 / 3)
    assert by_key["sound"].unknown == 1
    assert [each.wording.criterion.key for each in first.disputes] == ["short", "sound"]


def test_cannot_tell_beside_an_answer_is_no_dispute_and_nor_is_what_stands_elsewhere() -> None:
    version, (first, second, gold, gone) = make_judged_protocol()
    Item.objects.filter(pk=gold.pk).update(is_gold=True)
    ida, jon = make_judge(), make_judge()
    serve(ida, first, {"sound": "yes"})
    serve(jon, first, {"sound": "cannot-tell"})
    serve(ida, second, {"sound": "yes"})
    give(jon, second.output, {"sound": "no"})
    for item in (gold, gone):
        serve(ida, item, {"sound": "yes"})
        serve(jon, item, {"sound": "no"})
    assert [item.pk for item in disputed_items(version).items] == [gone.pk]
    gone.output.withdrawn_at = timezone.now()
    gone.output.save()
    assert disputed_items(version).items == ()
    assert next_disputed(version) is None


def test_a_dispute_about_a_prompt_is_decided_once() -> None:
    make_criterion("puzzling", level="prompt")
    version = make_protocol(
        blocks=(make_block("puzzling"),), owner=make_user("owner", role="researcher")
    )
    prompt = make_prompt()
    items = [make_item(version, make_output(prompt=prompt)) for _ in range(2)]
    for judge, value in ((make_judge(), "yes"), (make_judge(), "no")):
        for item in items:
            serve(judge, item, {"puzzling": value})
    assert [item.pk for item in disputed_items(version).items] == [items[0].pk]
    decide(items[0], key="puzzling")
    assert next_disputed(version) is None


def test_a_decision_on_an_old_question_decides_nothing_about_the_new(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    decide(items[1])
    reword(wording_of(), "Something else?", new_question=True)
    assert next_disputed(version) is None
    for judge, value in ((make_judge(), "yes"), (make_judge(), "no")):
        serve(judge, items[1], {"sound": value})
    assert next_disputed(version) == items[1].pk


def test_who_was_shown_the_answers_judges_no_longer_blind(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    judge, (item, *_) = make_judge(), protocol[1]
    reveal_item(judge=judge, item=item)
    reveal_item(judge=judge, item=item)
    assert Reveal.objects.get().output == item.output
    prompt = make_prompt()
    about_prompt = make_item(make_protocol("prompts", subject="prompt"), prompt=prompt)
    reveal_item(judge=judge, item=about_prompt)
    assert Reveal.objects.count() == 1
    output = make_output(prompt=prompt)
    reveal_item(judge=judge, item=about_prompt)
    assert Reveal.objects.filter(output=output).exists()
