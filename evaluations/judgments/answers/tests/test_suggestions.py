"""Suggestions: off by default, drawn at random, hidden where they are hidden, and measured."""

import uuid

import pytest
from django.test import Client

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.actions import Served, submit_judgment
from evaluations.judgments.answers.suggestions import Suggestion, drawn, effect, suggestion_for
from evaluations.judgments.models import Item, Judge, ProtocolVersion
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_user,
    reword,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

KEYS = ("sound", "short")


@pytest.fixture
def arbiter() -> Judge:
    return make_judge("model")


@pytest.fixture
def version(arbiter: Judge) -> ProtocolVersion:
    for key in KEYS:
        make_criterion(key)
    return make_protocol(
        blocks=(make_block(*KEYS),), suggestion_judge=arbiter, suggestion_share=100
    )


def asked() -> list[CriterionVersion]:
    return list(CriterionVersion.objects.for_keys(list(KEYS)))


def an_item(version: ProtocolVersion, arbiter: Judge, **answers: str) -> Item:
    item = make_item(version, make_output())
    give(arbiter, item.output, answers or {"sound": "yes", "short": "no"})
    return item


def test_a_model_judges_answers_to_the_whole_page_are_suggested(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    item = an_item(version, arbiter)
    found = suggestion_for(version, make_judge(), item.output, asked())
    assert found == Suggestion(True, {"sound": "yes", "short": "no"})


def test_without_an_answer_to_every_question_nothing_is_suggested(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    item = an_item(version, arbiter, sound="yes")
    judge = make_judge()
    assert suggestion_for(version, judge, item.output, asked()) is None
    assert suggestion_for(version, judge, item.output, asked()[:1]) is not None
    assert suggestion_for(version, judge, item.output, []) is None
    assert suggestion_for(version, judge, make_output(), asked()[:1]) is None


def test_an_answer_to_an_older_question_is_not_suggested(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    item = an_item(version, arbiter)
    sound = reword(asked()[0], "Sound, that is?")
    assert suggestion_for(version, make_judge(), item.output, asked()) is not None
    reword(sound, "Valid?", new_question=True)
    assert suggestion_for(version, make_judge(), item.output, asked()) is None


def test_a_person_is_never_suggested_what_another_person_answered(
    version: ProtocolVersion,
) -> None:
    output = make_output()
    give(make_judge(), output, {"sound": "yes", "short": "no"})
    assert suggestion_for(version, make_judge(), output, asked()) is None


@pytest.mark.parametrize("fields", [{"suggestion_share": 0}, {"suggestion_judge": None}])
def test_off_means_nothing_and_asks_the_database_nothing(
    version: ProtocolVersion, arbiter: Judge, fields: dict, django_assert_num_queries
) -> None:
    item = an_item(version, arbiter)
    for name, value in fields.items():
        setattr(version, name, value)
    judge, wordings = make_judge(), asked()
    with django_assert_num_queries(0):
        assert suggestion_for(version, judge, item.output, wordings) is None
        assert effect(version) is None


def test_a_version_has_suggestions_off_by_default() -> None:
    version = make_protocol("another")
    assert version.suggestion_judge is None
    assert version.suggestion_share == 0


def test_models_and_unknown_guests_are_suggested_nothing(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    item = an_item(version, arbiter)
    assert suggestion_for(version, None, item.output, asked()) is None
    assert suggestion_for(version, arbiter, item.output, asked()) is None
    assert suggestion_for(version, make_judge("guest"), item.output, asked()) is not None


def test_where_it_is_hidden_the_answers_are_not_even_handed_over(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    version.suggestion_share = 1
    item = an_item(version, arbiter)
    judges = [make_judge() for _ in range(30)]
    found = [suggestion_for(version, judge, item.output, asked()) for judge in judges]
    hidden = [each for each in found if each is not None and not each.shown]
    assert len(hidden) > 20
    assert all(each.answers == {} for each in hidden)


def test_the_draw_is_fixed_for_a_judge_and_item_and_meets_the_share() -> None:
    version = ProtocolVersion(pk=3, suggestion_share=30)
    pairs = [(Judge(pk=j), Output(pk=o)) for j in range(1, 61) for o in range(1, 61)]
    first = [drawn(version, judge, output) for judge, output in pairs]
    assert first == [drawn(version, judge, output) for judge, output in pairs]
    assert sum(first) / len(first) == pytest.approx(0.3, abs=0.03)
    by_judge = [sum(first[start : start + 60]) / 60 for start in range(0, 3600, 60)]
    assert min(by_judge) > 0.05
    assert max(by_judge) < 0.65


@pytest.mark.parametrize(("share", "always"), [(0, False), (100, True)])
def test_the_ends_of_the_share_hold_for_everybody(share: int, always: bool) -> None:
    version = ProtocolVersion(pk=1, suggestion_share=share)
    assert {drawn(version, Judge(pk=judge), Output(pk=1)) for judge in range(1, 2000)} == {always}


def judged(item: Item, judge: Judge, *, shown: bool | None, **answers: str) -> None:
    """A judge saves the page of an item for the first time, or again."""
    wordings = CriterionVersion.objects.for_keys(list(answers))
    submit_judgment(
        judge=judge,
        output=item.output,
        answers={wording: answers[wording.criterion.key] for wording in wordings},
        form_token=uuid.uuid4(),
        served=Served(item=item, page="block:first", suggestion_shown=shown),
    )


def test_the_effect_is_agreement_where_shown_minus_where_hidden(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    assert effect(version).shown == 0
    items = [an_item(version, arbiter) for _ in range(4)]
    one, other = make_judge(), make_judge()
    for item in items:
        judged(item, one, shown=True, sound="yes", short="no")
        judged(item, other, shown=False, sound="yes", short="yes")
    found = effect(version)
    assert (found.shown, found.hidden) == (4, 4)
    assert (found.answers_shown, found.answers_hidden) == (8, 8)
    assert (found.agreement_shown, found.agreement_hidden) == (1, 0.5)
    assert found.difference.estimate == 0.5
    # Residuals cancel within each judge and each item; even so the interval has a width.
    assert found.clustered_by == "judgment"
    assert found.difference.low < 0.4
    assert found.difference.high > 0.6


def test_the_interval_of_the_effect_is_the_wider_one(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    items = [an_item(version, arbiter) for _ in range(6)]
    for number in range(6):
        judge = make_judge()
        for place, item in enumerate(items):
            shown = (number + place) % 2 == 0
            value = "yes" if shown or number < 2 else "no"
            judged(item, judge, shown=shown, sound=value)
    found = effect(version)
    assert found.clustered_by == "judge"
    assert found.difference.estimate == pytest.approx(2 / 3)
    assert found.difference.low < 0.5
    assert found.difference.high > 0.8


def test_one_arm_alone_has_no_difference(version: ProtocolVersion, arbiter: Judge) -> None:
    judged(an_item(version, arbiter), make_judge(), shown=True, sound="yes", short="no")
    found = effect(version)
    assert (found.agreement_shown, found.agreement_hidden, found.difference) == (1, None, None)


def test_the_effect_rests_on_first_saves_that_stand(
    version: ProtocolVersion, arbiter: Judge
) -> None:
    item, judge = an_item(version, arbiter), make_judge()
    judged(item, judge, shown=False, sound="no", short="yes")
    judged(item, judge, shown=False, sound="yes", short="no")
    judged(an_item(version, arbiter), make_judge(), shown=None, sound="yes", short="no")
    found = effect(version)
    assert (found.shown, found.hidden, found.agreement_hidden) == (0, 1, 0)


def test_the_owner_sees_what_suggestions_do(
    client: Client, version: ProtocolVersion, arbiter: Judge
) -> None:
    page = "/protocols/small/opinions/"
    client.force_login(make_user("staff", is_staff=True))
    assert "Nobody has judged one" in client.get(page).content.decode()
    judged(an_item(version, arbiter), make_judge(), shown=True, sound="yes", short="no")
    judged(an_item(version, arbiter), make_judge(), shown=False, sound="no", short="no")
    assert "Agreement where shown" in client.get(page).content.decode()
    data = client.get("/protocols/small/opinions.json").json()["suggestions"]
    assert (data["agreement_shown"], data["agreement_hidden"]) == (1, 0.5)
    assert data["difference"]["estimate"] == 0.5
    ProtocolVersion.objects.update(suggestion_judge=None, suggestion_share=0)
    assert "Suggestions are off" in client.get(page).content.decode()
