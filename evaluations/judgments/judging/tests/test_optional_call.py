"""“Would you call this reasoning?” as the last question of the loop, which may be left open."""

import uuid
from collections import defaultdict

import pytest
from django.test import Client

from evaluations.judgments.answers.actions import Served, Stale, undo_judgment
from evaluations.judgments.items.questions import uncalled
from evaluations.judgments.models import Answer, Item, Judge, Judgment, Reveal
from evaluations.judgments.outputs.answers import holistic
from evaluations.judgments.review.agreement import agreement_of
from evaluations.judgments.review.fidelity import fidelity_of
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.form import chosen, filled, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

ASKED = "Would you call this reasoning?"


@pytest.fixture
def output() -> Output:
    for key in ("one", "two"):
        make_criterion(key)
    make_block("one", "two")
    return make_output()


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(make_user())
    return client


def called() -> list[tuple[str, bool]]:
    """Values and blindness of the calls in force."""
    calls = Answer.objects.current().filter(is_holistic=True)
    return list(calls.values_list("value", "judgment__blind"))


def test_it_comes_last_and_is_stored_with_the_answers(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    page = signed_in.get(url)
    body = text_of(page)
    assert body.index('id="criterion-two"') < body.index('id="criterion-holistic"')
    assert "2 questions" in body
    assert (
        signed_in.post(url, filled(page, one="yes", two="no", holistic="partly")).status_code == 303
    )
    judgment = Judgment.objects.get()
    assert called() == [("partly", True)]
    assert judgment.answers.count() == 3
    assert chosen(signed_in.get(url))["answer-holistic"] == "partly"


@pytest.mark.parametrize("left", [{}, {"holistic": ""}])
def test_it_may_be_left_open(signed_in: Client, output: Output, left: dict[str, str]) -> None:
    url = f"/judge/{output.pk}/"
    assert (
        signed_in.post(url, filled(signed_in.get(url), one="yes", two="no", **left)).status_code
        == 303
    )
    assert called() == []
    assert Judgment.objects.get().answers.count() == 2


def test_a_call_alone_saves_nothing(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    response = signed_in.post(url, filled(signed_in.get(url), one="yes", holistic="yes"))
    assert response.status_code == 422
    assert not Judgment.objects.exists()
    assert chosen(response)["answer-holistic"] == "yes"


def test_a_form_sent_twice_is_stored_once(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    form = filled(signed_in.get(url), one="yes", two="no", holistic="yes")
    for _ in range(2):
        assert signed_in.post(url, form).status_code == 303
    assert Judgment.objects.count() == 1
    form["answer-holistic"] = "no"
    assert signed_in.post(url, form).status_code == 409
    assert called() == [("yes", True)]


def test_it_reopens_no_finished_item(signed_in: Client, output: Output) -> None:
    version = make_protocol(
        is_default=True, blocks=(make_block("one", slug="b", is_default=False),)
    )
    item = make_item(version, output)
    url = signed_in.get("/judge/")["Location"]
    signed_in.post(url, filled(signed_in.get(url), one="yes"))
    item.refresh_from_db()
    assert (item.done, Judgment.objects.get().finishes_item) == (1, True)
    assert "Nothing here for you now" in text_of(signed_in.get("/judge/", follow=True))


def test_a_protocol_of_two_blocks_asks_after_the_second(client: Client, output: Output) -> None:
    blocks = tuple(make_block(key, slug=key, is_default=False) for key in ("one", "two"))
    make_item(make_protocol(blocks=blocks), output)
    url = f"/judge/{output.pk}/?protocol=small"
    client.force_login(make_user())
    page = client.get(url)
    assert ASKED not in text_of(page)
    client.post(url, filled(page, one="yes"))
    assert ASKED in text_of(client.get(url))


def test_one_that_asks_it_as_a_page_keeps_it_there_and_required(
    client: Client, output: Output
) -> None:
    block = make_block("one", slug="b", is_default=False)
    item = make_item(make_protocol(blocks=(block,), asks_holistic=True), output)
    client.force_login(make_user())
    url = client.get("/judge/?protocol=small")["Location"]
    page = client.get(url)
    assert ASKED not in text_of(page)
    client.post(url, filled(page, one="yes", holistic="no"))
    assert called() == []
    assert client.post(url, filled(client.get(url))).status_code == 422
    client.post(url, filled(client.get(url), holistic="no"))
    assert called() == [("no", True)]
    item.refresh_from_db()
    assert item.done == 1


def test_a_call_made_elsewhere_is_told_and_not_taken_away(
    signed_in: Client, output: Output
) -> None:
    judge = Judge.objects.create(kind="person", user=make_user("other"))
    signed_in.force_login(judge.user)  # type: ignore[arg-type]
    version = make_protocol(blocks=(make_block("one", slug="b", is_default=False),))
    make_item(version, output)
    own = f"/judge/{output.pk}/"
    signed_in.post(own, filled(signed_in.get(own), one="yes", two="no", holistic="yes"))
    first = Answer.objects.get(is_holistic=True)
    url = f"{own}?protocol=small"
    page = signed_in.get(url)
    assert "You answered: <strong>yes</strong>" in text_of(page)
    signed_in.post(url, filled(page, one="no", holistic="no"))
    first.refresh_from_db()
    assert first.is_current
    assert called() == [("yes", True)]


def test_who_judged_before_calls_it_from_their_own_page(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    later = make_output()
    for at in (url, f"/judge/{later.pk}/"):
        signed_in.post(at, filled(signed_in.get(at), one="yes", two="no"))
    make_output()  # not judged, so not to be called
    judge = Judge.objects.get()
    assert list(uncalled(judge)) == [later, output]
    assert 'href="/judge/?call=1"' in text_of(signed_in.get("/judge/me/"))
    first = signed_in.get("/judge/?call=1")
    assert first["Location"] == f"/judge/{later.pk}/?call=1"
    page = signed_in.get(first["Location"])
    assert "output 1 of 2" in text_of(page)
    assert 'id="criterion-one"' not in text_of(page)
    again = signed_in.post(first["Location"], filled(page, holistic="yes"))
    assert again["Location"] == f"{url}?call=1"
    signed_in.post(again["Location"], filled(signed_in.get(again["Location"]), holistic="no"))
    assert list(uncalled(judge)) == []
    assert "?call=1" not in text_of(signed_in.get("/judge/me/"))
    # The first was opened by its address, the second was drawn after it: so are their calls.
    ways = Judgment.objects.filter(page="holistic").values_list("output", "way", "blind", "item")
    assert set(ways) == {
        (output.pk, "chosen", True, None),
        (later.pk, "served", True, None),
    }


def test_a_call_of_what_was_served_is_served(signed_in: Client, output: Output) -> None:
    url = signed_in.get("/judge/")["Location"]
    signed_in.post(url, filled(signed_in.get(url), one="yes", two="no"))
    at = f"/judge/{output.pk}/?call=1"
    signed_in.post(at, filled(signed_in.get(at), holistic="no"))
    assert set(Judgment.objects.values_list("way", flat=True)) == {"served"}


def test_a_call_after_others_answers_were_shown_is_not_blind(
    signed_in: Client, output: Output
) -> None:
    url = f"/judge/{output.pk}/"
    signed_in.post(url, filled(signed_in.get(url), one="yes", two="no"))
    Reveal.objects.create(judge=Judge.objects.get(), output=output)
    page = signed_in.get(f"{url}?call=1")
    assert 'id="not-blind"' in text_of(page)
    signed_in.post(f"{url}?call=1", filled(page, holistic="yes"))
    assert called() == [("yes", False)]


def test_nobody_calls_what_they_did_not_judge(signed_in: Client, output: Output) -> None:
    page = signed_in.get(f"/judge/{output.pk}/?call=1")
    assert 'id="criterion-one"' in text_of(page)
    assert f'action="/judge/{output.pk}/"' in text_of(page)


def test_an_open_call_is_not_missing_where_calls_are_counted(output: Output) -> None:
    block = make_block("one", slug="b", is_default=False)
    make_definition("first", "one")
    version = make_protocol(blocks=(block,))
    item: Item = make_item(version, output)
    assert fidelity_of(version) == []
    assert [row.question.key for row in agreement_of(version)] == ["one"]
    for said in ("yes", ""):
        served = Served(item=item, page="block:b", finishes=True, way="served")
        give(make_judge(), output, {"one": "yes"}, served=served, holistic=said)
    item.refresh_from_db()
    assert item.done == 2
    one, call = agreement_of(version)
    assert (one.judges, call.question.key, call.judges) == (2, "holistic", 1)
    (found,) = fidelity_of(version)
    assert (found.holistic, found.pairs, found.settled) == (True, 1, 1)
    answers = list(Answer.objects.on(output))
    assert [row["value"] for row in holistic(answers, defaultdict(str))] == ["yes"]


def leave_open(client: Client, url: str) -> dict[str, str]:
    """The page of what was called, sent with “Leave it open” chosen; the form as it was sent."""
    form = filled(client.get(url), one="yes", two="no", holistic="")
    assert client.post(url, form).status_code == 303
    return form


def test_leaving_it_open_takes_back_what_was_called(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    signed_in.post(url, filled(signed_in.get(url), one="yes", two="no", holistic="partly"))
    form = leave_open(signed_in, url)
    assert called() == []
    first, second = Judgment.objects.order_by("pk")
    assert (second.takes_back, second.answers.count()) == (first.answers.get(is_holistic=True), 2)
    assert "answer-holistic" not in chosen(signed_in.get(url))
    assert list(uncalled(Judge.objects.get())) == [output]
    assert "the call left open" in text_of(signed_in.get("/judge/me/history/"))
    assert signed_in.post(url, form).status_code == 303, "a second sending"
    assert Judgment.objects.count() == 2


def test_a_form_that_does_not_say_leaves_the_call(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    for said in ({"holistic": "partly"}, {}):
        signed_in.post(url, filled(signed_in.get(url), one="yes", two="no", **said))
    assert called() == [("partly", True)]


def test_undoing_that_brings_the_call_back(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    signed_in.post(url, filled(signed_in.get(url), one="yes", two="no", holistic="partly"))
    form = leave_open(signed_in, url)
    judge = Judge.objects.get()
    assert undo_judgment(judge=judge, form_token=uuid.UUID(form["form_token"])) == output
    assert called() == [("partly", True)]


def test_undoing_it_after_another_call_takes_nothing_away(
    signed_in: Client, output: Output
) -> None:
    url = f"/judge/{output.pk}/"
    signed_in.post(url, filled(signed_in.get(url), one="yes", two="no", holistic="partly"))
    form = leave_open(signed_in, url)
    again = f"{url}?call=1"
    signed_in.post(again, filled(signed_in.get(again), holistic="no"))
    with pytest.raises(Stale):
        undo_judgment(judge=Judge.objects.get(), form_token=uuid.UUID(form["form_token"]))
    assert called() == [("no", True)]


def test_it_stays_chosen_where_something_else_is_missing(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    signed_in.post(url, filled(signed_in.get(url), one="yes", two="no", holistic="partly"))
    page = signed_in.post(url, filled(signed_in.get(url), one="yes", holistic=""))
    assert page.status_code == 422
    assert 'id="answer-holistic-open" value="" checked' in text_of(page)
    assert called() == [("partly", True)]


def test_it_stays_chosen_in_a_draft(signed_in: Client, output: Output) -> None:
    url = f"/judge/{output.pk}/"
    signed_in.post(url, filled(signed_in.get(url), one="yes", two="no", holistic="partly"))
    assert 'id="answer-holistic-partly" value="partly" checked' in text_of(signed_in.get(url))
    typed = filled(signed_in.get(url), one="yes", two="no", holistic="")
    assert signed_in.post(f"{url}draft/", typed).status_code == 200
    page = signed_in.get(url)
    assert 'id="answer-holistic-open" value="" checked' in text_of(page)
    assert "answer-holistic" not in chosen(page), "and no other"
    signed_in.post(url, filled(page, one="yes", two="no", holistic=""))
    assert called() == []
