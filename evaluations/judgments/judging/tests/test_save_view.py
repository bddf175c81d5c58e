"""Saving from the judging page, with and without htmx; whatever is wrong, what was typed stays."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from evaluations.common.throttle import DAY
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Answer, Judge, Judgment
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
    reword,
)
from evaluations.judgments.tests.form import chosen, filled, hidden_fields, text_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def block() -> None:
    make_criterion("one", question="Is there one?")
    make_criterion("two", question="Are there two?")
    make_block("one", "two")


def test_a_guest_saves_without_javascript_and_gets_the_next_output(client: Client) -> None:
    make_output()
    make_output()
    first = client.get("/judge/")["Location"]
    response = client.post(first, filled(client.get(first), one="yes", two="no", seconds="4.5"))
    assert response.status_code == 303
    assert response["Location"] != first
    judgment = Judgment.objects.get()
    assert f"/judge/{judgment.output_id}/" == first
    assert (judgment.judge.kind, judgment.seconds, judgment.blind) == ("guest", 4.5, True)
    assert set(judgment.answers.values_list("criterion__key", "value")) == {
        ("one", "yes"),
        ("two", "no"),
    }
    page = text_of(client.get(response["Location"]))
    assert "1 saved" in page
    assert "You are judging as a guest" in page


def test_a_signed_in_person_saves(client: Client) -> None:
    user, output = make_user(), make_output()
    client.force_login(user)
    url = f"/judge/{output.pk}/"
    client.post(url, filled(client.get(url), one="yes", two="no", comment=" odd "))
    judgment = Judgment.objects.get()
    assert (judgment.judge.kind, judgment.judge.user) == ("person", user)
    assert judgment.comment == "odd"
    assert "You are judging as a guest" not in text_of(client.get("/judge/", follow=True))


def test_htmx_gets_the_next_output_as_a_fragment_with_its_address(client: Client) -> None:
    make_definition("taylor", {"all": ["one", "two"]}, name="Taylor as quoted")
    first, second = make_output(), make_output()
    url = f"/judge/{first.pk}/?criteria=one,two"
    response = client.post(url, filled(client.get(url), one="yes", two="yes"), headers=HTMX)
    body = text_of(response)
    assert response.status_code == 200
    assert body.lstrip().startswith('<div class="judging-item"')
    assert "<html" not in body
    assert response["HX-Push-Url"] == f"/judge/{second.pk}/?criteria=one,two"
    assert f'hx-post="/judge/{second.pk}/?criteria=one,two"' in body
    assert chosen(response) == {}
    assert "1 definition settled" in body
    assert '1<span class="visually-hidden"> reasoning</span>' in body
    assert "Taylor" not in body
    assert "judge/undo/?criteria=one,two" in body


def test_the_outputs_come_one_after_the_other_until_all_are_judged(client: Client) -> None:
    outputs = {make_output().pk for _ in range(3)}
    url, judged = client.get("/judge/")["Location"], set()
    for _ in range(3):
        judged.add(int(url.split("/")[2]))
        url = client.post(url, filled(client.get(url), one="yes", two="no"))["Location"]
    assert judged == outputs
    assert url == "/judge/"
    assert "You have judged everything here" in text_of(client.get(url))


def test_after_the_last_one_htmx_gets_the_end_with_its_address(client: Client) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/?criteria=one"
    response = client.post(url, filled(client.get(url), one="yes"), headers=HTMX)
    assert response["HX-Push-Url"] == "/judge/?criteria=one"
    assert "You have judged everything here" in text_of(response)
    assert "<html" not in text_of(response)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_missing_answer_is_a_422_that_keeps_the_rest(
    client: Client, headers: dict[str, str]
) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    form = filled(client.get(url), one="cannot-tell", comment="half </textarea> done")
    response = client.post(url, form, headers=headers)
    assert response.status_code == 422
    assert chosen(response) == {"answer-one": "cannot-tell"}
    assert ">half &lt;/textarea&gt; done</textarea>" in text_of(response)
    assert "Choose an answer; “Cannot tell” is one." in text_of(response)
    assert hidden_fields(response)["form_token"] == form["form_token"]
    assert ("<html" in text_of(response)) == (not headers)
    assert not Judgment.objects.exists()
    assert client.post(url, filled(response, one="yes", two="yes")).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer-one": "perhaps"},
        {"form_token": "no-uuid"},
        {"seen": "-1"},
        {"seconds": "-3"},
        {"seconds": "nan"},
        {"comment": "x" * 4001},
        {"comment": "nul \0"},
    ],
)
def test_nonsense_is_a_422_and_stores_nothing(client: Client, wrong: dict[str, str]) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    form = filled(client.get(url), one="yes", two="no") | wrong
    assert client.post(url, form).status_code == 422
    assert not Judgment.objects.exists()


def test_a_form_without_its_hidden_fields_is_a_422_that_can_be_sent_again(client: Client) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    response = client.post(url, {"answer-one": "yes", "answer-two": "no"})
    assert response.status_code == 422
    assert chosen(response) == {"answer-one": "yes", "answer-two": "no"}


def test_a_question_that_changed_meanwhile_is_a_409_that_keeps_what_was_typed(
    client: Client,
) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    form = filled(client.get(url), one="yes", two="no", comment="typed text")
    reword(CriterionVersion.objects.current().get(criterion__key="one"), "Is there really one?")
    response = client.post(url, form)
    assert response.status_code == 409
    page = text_of(response)
    assert "The questions or the output changed" in page
    assert "Is there really one?" in page
    assert ">typed text</textarea>" in page
    assert chosen(response) == {"answer-one": "yes", "answer-two": "no"}
    assert not Judgment.objects.exists()
    again = client.post(url, hidden_fields(response) | {"answer-one": "no", "answer-two": "no"})
    assert again.status_code == 303
    assert Answer.objects.get(criterion__key="one").criterion_version.question.startswith("Is th")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_of_two_tabs_the_second_gets_a_409_that_keeps_what_was_typed(
    client: Client, headers: dict[str, str]
) -> None:
    user, output = make_user(), make_output()
    client.force_login(user)
    url = f"/judge/{output.pk}/"
    one_tab, other_tab = client.get(url), client.get(url)
    client.post(url, filled(one_tab, one="yes", two="yes"))
    form = filled(other_tab, one="no", two="partly", comment="typed text")
    response = client.post(url, form, headers=headers)
    page = text_of(response)
    assert response.status_code == 409
    assert "You saved or undid a judgment of this output" in page
    assert "You saved it on" in page
    assert ">typed text</textarea>" in page
    assert chosen(response) == {"answer-one": "no", "answer-two": "partly"}
    assert ("<html" in page) == (not headers)
    assert set(Answer.objects.current().values_list("value", flat=True)) == {"yes"}
    again = hidden_fields(response) | {"answer-one": "no", "answer-two": "partly"}
    assert client.post(url, again).status_code == 303
    assert set(Answer.objects.current().values_list("value", flat=True)) == {"no", "partly"}


def test_a_double_click_is_stored_once_and_answered_alike(client: Client) -> None:
    first, second = make_output(), make_output()
    url = f"/judge/{first.pk}/"
    form = filled(client.get(url), one="yes", two="no")
    responses = [client.post(url, form) for _ in range(2)]
    assert [r.status_code for r in responses] == [303, 303]
    assert {r["Location"] for r in responses} == {f"/judge/{second.pk}/"}
    assert (Judgment.objects.count(), Answer.objects.count()) == (1, 2)


def test_a_changed_answer_under_the_same_form_is_not_swallowed(client: Client) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    form = filled(client.get(url), one="yes", two="no")
    client.post(url, form)
    response = client.post(url, form | {"answer-two": "partly"})
    assert response.status_code == 409
    assert chosen(response) == {"answer-one": "yes", "answer-two": "partly"}
    again = hidden_fields(response)
    assert again["form_token"] != form["form_token"]
    client.post(url, again | {"answer-one": "yes", "answer-two": "partly"})
    assert Answer.objects.current().get(criterion__key="two").value == "partly"


def test_guests_of_one_address_are_held_back_and_then_refused(
    client: Client, settings: Settings
) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 1
    outputs = [make_output() for _ in range(4)]
    for output in outputs[:3]:
        url = f"/judge/{output.pk}/"
        assert client.post(url, filled(client.get(url), one="yes", two="no")).status_code == 303
    kept = Judgment.objects.order_by("id").values_list("guest_check", flat=True)
    assert list(kept) == ["counted", "held-back", "held-back"]
    url = f"/judge/{outputs[3].pk}/"
    assert "counts as soon as you sign up" in text_of(client.get(url))
    form = filled(client.get(url), one="partly", two="no", comment="typed text")
    for visitor in (client, Client()):
        response = visitor.post(url, form)
        assert response.status_code == 429
        assert 0 < int(response["Retry-After"]) <= DAY, "the allowance is of a day"
        assert chosen(response) == {"answer-one": "partly", "answer-two": "no"}
        assert ">typed text</textarea>" in text_of(response)
    assert Judgment.objects.count() == 3
    assert Judge.objects.count() == 1
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post(url, filled(elsewhere.get(url), one="yes", two="no")).status_code == 303
    client.force_login(make_user())
    assert client.post(url, filled(client.get(url), one="yes", two="no")).status_code == 303


def test_mistakes_use_up_no_allowance(client: Client, settings: Settings) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 1
    output = make_output()
    url = f"/judge/{output.pk}/"
    for _ in range(3):
        assert client.post(url, filled(client.get(url), one="yes")).status_code == 422
    assert client.post(url, filled(client.get(url), one="yes", two="no")).status_code == 303


def test_an_allowance_of_none_keeps_guests_out(client: Client, settings: Settings) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 0
    output = make_output()
    url = f"/judge/{output.pk}/"
    refused = client.post(url, filled(client.get(url), one="yes", two="no"))
    assert refused.status_code == 429
    assert "Retry-After" not in refused, "waiting does not help"


def test_a_direct_classification_is_saved_with_its_words(client: Client) -> None:
    version = make_definition("taylor", "one")
    output = make_output()
    url = f"/judge/{output.pk}/?direct=taylor"
    form = filled(client.get(url), direct="no", words="drawing", reason="None is drawn.")
    assert client.post(url, form)["Location"] == "/judge/?direct=taylor"
    answer = Answer.objects.get()
    assert (answer.definition_version, answer.value) == (version, "no")
    assert (answer.words, answer.reason) == ("drawing", "None is drawn.")


def test_a_direct_classification_without_an_answer_keeps_the_words(client: Client) -> None:
    make_definition("taylor", "one")
    url = f"/judge/{make_output().pk}/?direct=taylor"
    response = client.post(url, filled(client.get(url), words="drawing", reason="Half."))
    assert response.status_code == 422
    assert 'value="drawing"' in text_of(response)
    assert ">Half.</textarea>" in text_of(response)


def test_two_guests_share_neither_judge_nor_answers(client: Client) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    for visitor, value in ((client, "yes"), (Client(), "no")):
        response = visitor.get(url)
        assert chosen(response) == {}
        visitor.post(url, filled(response, one=value, two=value))
    assert Judge.objects.count() == 2
    assert Answer.objects.current().count() == 4


def test_a_post_needs_its_csrf_token() -> None:
    output = make_output()
    strict = Client(enforce_csrf_checks=True)
    url = f"/judge/{output.pk}/"
    page = strict.get(url)
    form = filled(page, one="yes", two="no")
    assert strict.post(url, form | {"csrfmiddlewaretoken": "x"}).status_code == 403
    assert strict.post(url, form).status_code == 303


def test_queries_of_a_save_do_not_grow_with_what_there_is(client: Client) -> None:
    client.force_login(make_user())

    def queries() -> int:
        output = make_output()
        make_output()
        url = f"/judge/{output.pk}/"
        form = filled(client.get(url), one="yes", two="no")
        with CaptureQueriesContext(connection) as captured:
            assert client.post(url, form, headers=HTMX).status_code == 200
        return len(captured)

    make_definition("first", "one")
    queries()
    before = queries()
    for n in range(6):
        make_definition(f"later-{n}", {"all": ["one", "two"]})
        give(make_judge(), make_output(), {"one": "yes", "two": "yes"})
    assert queries() == before
