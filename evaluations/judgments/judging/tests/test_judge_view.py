"""The judging page as it is opened: what it shows, what it must not show, what it refuses."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.judgments.tests.form import chosen, filled, hidden_fields, text_of
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert(1)</script><b hx-get="/admin/">x</b> [click](javascript:alert(1))'


@pytest.fixture
def block() -> None:
    make_criterion("one", question="Is there one?")
    make_criterion("two", question="Are there two?")
    make_block("one", "two")


def test_the_front_door_sends_to_an_output(client: Client, block: None) -> None:
    output = make_output()
    response = client.get("/judge/")
    assert (response.status_code, response["Location"]) == (302, f"/judge/{output.pk}/")
    response = client.get("/judge/?criteria=two")
    assert response["Location"] == f"/judge/{output.pk}/?criteria=two"


def test_the_page_shows_prompt_steps_answer_and_questions(client: Client, block: None) -> None:
    output = make_output()
    response = client.get(f"/judge/{output.pk}/")
    page = text_of(response)
    assert response.status_code == 200
    assert output.prompt.text in page
    assert '<li data-part="trace" data-start="0" dir="auto">The lamp is on.</li>' in page
    assert "in 2 steps" in page
    assert "Somebody is home.</div>" in page
    assert page.index("Is there one?") < page.index("Are there two?")
    assert chosen(response) == {}
    assert set(hidden_fields(response)) == {
        "csrfmiddlewaretoken", "form_token", "seen", "content", "seconds", "page", "lease", "marks",
        "arm", "both",
    }  # fmt: skip
    assert "no-store" in response["Cache-Control"]


def test_reading_leaves_no_trace(client: Client, block: None) -> None:
    output = make_output()
    client.get(f"/judge/{output.pk}/")
    assert not Judge.objects.exists()
    assert not client.session.keys()


def test_htmx_gets_the_fragment_and_a_restored_history_the_page(
    client: Client, block: None
) -> None:
    output = make_output()
    part = client.get(f"/judge/{output.pk}/", headers={"HX-Request": "true"})
    assert text_of(part).lstrip().startswith('<div class="judging-item"')
    assert "<html" not in text_of(part)
    whole = client.get(
        f"/judge/{output.pk}/",
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )
    assert "<html" in text_of(whole)
    assert "HX-Request" in part["Vary"]


def test_looking_again_starts_from_ones_own_answers(client: Client, block: None) -> None:
    user, output = make_user(), make_output()
    give(make_judge(user=user), output, {"one": "yes", "two": "cannot-tell"})
    give(make_judge(), output, {"one": "no"})
    client.force_login(user)
    response = client.get(f"/judge/{output.pk}/")
    assert chosen(response) == {"answer-one": "yes", "answer-two": "cannot-tell"}


def test_looking_again_at_a_direct_classification(client: Client, block: None) -> None:
    version = make_definition("taylor", "one", statement="Drawing conclusions.")
    user, output = make_user(), make_output()
    classify(make_judge(user=user), output, version, "partly", words="drawing", reason="Half.")
    client.force_login(user)
    response = client.get(f"/judge/{output.pk}/?direct=taylor")
    assert chosen(response) == {"answer-direct": "partly"}
    assert 'value="drawing"' in text_of(response)
    assert ">Half.</textarea>" in text_of(response)
    assert "Drawing conclusions." in text_of(response)


def secret_world() -> Output:
    """An output about which much is known that no judge may see before judging."""
    model = make_model("babbler", name="Babbler Nine", maker="Babble Works")
    recipe = make_recipe("lanternwise", name="Lantern recipe")
    prompt = make_prompt(reference="SECRET-REFERENCE", grader="exact")
    output = make_output(
        run=make_run(model, recipe), prompt=prompt, grade=0.4375, grade_note="half graded"
    )
    make_definition(
        "oxford-dictionary",
        "one",
        name="The Oxford wording",
        author="Oxonian Editors",
        statement="Thinking in a sensible way.",
    )
    other = make_judge(user=make_user("verbose-judge"))
    give(other, output, {"one": "no", "two": "partly"}, comment="a colleague's comment")
    return output


def test_nothing_is_told_that_could_sway_the_judge(client: Client, block: None) -> None:
    output = secret_world()
    kept_back = [
        "Babbler Nine", "babbler", "Babble Works", "Lantern recipe", "lanternwise",
        "SECRET-REFERENCE", "0.4375", "half graded", "The Oxford wording", "oxford-dictionary",
        "Oxonian Editors", "Thinking in a sensible way", "verbose-judge", "a colleague's comment",
        "a colleague&#x27;s comment",
    ]  # fmt: skip
    user = make_user()
    for signed_in in (False, True):
        if signed_in:
            client.force_login(user)
        for query in ("", "?criteria=one", "?all=1"):
            for headers in ({}, {"HX-Request": "true"}):
                response = client.get(f"/judge/{output.pk}/{query}", headers=headers)
                page = text_of(response)
                assert response.status_code == 200
                assert [word for word in kept_back if word in page] == []
                assert chosen(response) == {}


def test_what_comes_after_a_save_names_no_model_nor_the_next_outputs_facts(
    client: Client, block: None
) -> None:
    output = secret_world()
    make_output(prompt=make_prompt(reference="SECOND-REFERENCE", grader="exact"))
    page = client.get(f"/judge/{output.pk}/")
    after = client.post(
        f"/judge/{output.pk}/",
        filled(page, one="yes", two="yes"),
        headers={"HX-Request": "true"},
    )
    body = text_of(after)
    for word in ("Babbler Nine", "Lantern recipe", "REFERENCE", "0.4375", "a colleague"):
        assert word not in body
    assert "1 definition settled" in body  # about the output that was just judged
    assert "The Oxford wording" not in body


def test_the_direct_road_shows_the_definition_and_still_no_model(
    client: Client, block: None
) -> None:
    output = secret_world()
    page = text_of(client.get(f"/judge/{output.pk}/?direct=oxford-dictionary"))
    assert "Thinking in a sensible way." in page
    for word in ("Babbler Nine", "Lantern recipe", "SECRET-REFERENCE", "0.4375", "a colleague"):
        assert word not in page


def test_hostile_output_is_escaped_and_out_of_htmx_reach(client: Client, block: None) -> None:
    output = make_output(
        trace=HOSTILE, answer=HOSTILE, prompt=make_prompt(text=f"Prompt {HOSTILE}")
    )
    page = text_of(client.get(f"/judge/{output.pk}/"))
    assert "<script>alert" not in page
    assert '<b hx-get="/admin/"' not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3
    for place in re.finditer("&lt;script&gt;alert", page):
        opening = [m.group() for m in re.finditer(r"<(?:div|ol)[^>]*>", page[: place.start()])]
        assert "hx-ignore" in opening[-1]
    assert 'href="javascript:' not in page


def test_a_very_long_output_shows_its_first_part(client: Client, block: None) -> None:
    trace = "\n".join(f"step {n} " + "x" * 990 for n in range(60))
    output = make_output(trace=trace, answer="end " * 50_000)
    page = text_of(client.get(f"/judge/{output.pk}/"))
    assert len(page) < 60_000
    assert "step 19 " in page
    assert "step 40 " not in page
    assert f'href="/judge/{output.pk}/?all=1"' in page
    whole = text_of(client.get(f"/judge/{output.pk}/?all=1"))
    assert "step 59 " in whole
    assert whole.count("end ") >= 50_000
    assert "all=1" not in whole


def test_one_step_longer_than_the_first_part_is_cut(client: Client, block: None) -> None:
    output = make_output(trace="y" * 200_000)
    page = text_of(client.get(f"/judge/{output.pk}/?criteria=one"))
    assert len(page) < 50_000
    assert f'href="/judge/{output.pk}/?criteria=one&amp;all=1"' in page
    assert "y" * 200_000 in text_of(client.get(f"/judge/{output.pk}/?criteria=one&all=1"))


@pytest.mark.parametrize(
    ("visibility", "note"),
    [
        (
            "not-written",
            "No working is set apart from the answer; all that the model",
        ),
        ("hidden", "The working cannot be read: it is hidden"),
        ("redacted", "The working cannot be read: it is redacted"),
    ],
)
def test_a_missing_trace_is_explained(
    client: Client, block: None, visibility: str, note: str
) -> None:
    output = make_output(trace="", trace_visibility=visibility)
    assert note in text_of(client.get(f"/judge/{output.pk}/"))


def test_a_text_that_was_cut_off_says_so_at_its_end(client: Client, block: None) -> None:
    whole = make_output(answer="It follows that the")
    assert "token limit" not in text_of(client.get(f"/judge/{whole.pk}/"))
    cut = make_output(answer="It follows that the", stop_reason="length")
    page = text_of(client.get(f"/judge/{cut.pk}/"))
    assert page.index("It follows that the") < page.index("Cut off here by the token limit.")


def test_an_output_that_ends_without_an_answer(client: Client, block: None) -> None:
    output = make_output(answer="", stop_reason="length")
    assert "it reached its limit of tokens" in text_of(client.get(f"/judge/{output.pk}/"))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/judge/999999/", "There is no output 999999 to judge."),
        ("/judge/99999999999999999999/", "There is no output 99999999999999999999 to judge."),
        ("/judge/?direct=nobody", "There is no definition “nobody”."),
        ("/judge/?criteria=nothing", "“nothing” is not a criterion that judges answer."),
        ("/judge/?block=none", "There is no block of criteria “none”."),
        ("/judge/?block=%00", "holds a character that no name has"),
    ],
)
def test_unknown_things_get_a_readable_404(
    client: Client, block: None, path: str, sentence: str
) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert sentence in text_of(response)
    assert "<html" in text_of(response)


def test_an_unfinished_or_withdrawn_output_cannot_be_judged(client: Client, block: None) -> None:
    waiting, withdrawn = make_output(state="pending"), make_output()
    Output.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
    for output in (waiting, withdrawn):
        assert client.get(f"/judge/{output.pk}/").status_code == 404
        assert client.post(f"/judge/{output.pk}/", {}).status_code == 404


def test_which_output_this_is_counts_what_this_asks_of_what_can_be_drawn(
    client: Client, block: None
) -> None:
    judge, prompt = make_judge(), make_prompt()
    twin = make_run(make_model("twin"), make_recipe("twin", temperature=0))
    first, _, second, third = (
        *(make_output(run=twin, prompt=prompt) for _ in range(2)), make_output(), make_output(),
    )  # fmt: skip
    version = make_definition("taylor", "one")
    give(judge, first, {"one": "yes", "two": "no"})
    give(judge, second, {"two": "yes"})
    classify(judge, second, version, "yes")
    make_criterion("about", level="prompt")
    client.force_login(judge.user)  # type: ignore[arg-type]
    said = {"criteria=one": 2, "criteria=two": 3, "criteria=one,two": 2, "criteria=about": 1,
            "criteria=one,about": 1, "direct=taylor": 2, "": 2}  # fmt: skip
    for query, number in said.items():
        page = text_of(client.get(f"/judge/{third.pk}/?{query}"))
        assert f"output {number} of 3<" in page, query
    assert "output 2 of 3<" in text_of(client.get(f"/judge/{second.pk}/?criteria=two"))
    assert "output 1 of 3<" in text_of(Client().get(f"/judge/{third.pk}/"))


def test_a_key_that_nobody_has_is_a_guest_without_judgments(client: Client, block: None) -> None:
    output = make_output()
    session = client.session
    session[GUEST_KEY] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    session.save()
    assert client.get(f"/judge/{output.pk}/").status_code == 200


def test_a_person_may_switch_single_keys_off(client: Client, block: None) -> None:
    output, user = make_output(), make_user(single_keys=False)
    assert "data-no-single-keys" not in text_of(client.get(f"/judge/{output.pk}/"))
    client.force_login(user)
    assert "data-no-single-keys" in text_of(client.get(f"/judge/{output.pk}/"))


def test_the_number_of_queries_does_not_grow_with_what_there_is(
    client: Client, block: None
) -> None:
    user = make_user()
    judge = make_judge(user=user)
    output = make_output()
    give(judge, output, {"one": "yes", "two": "no"})
    client.force_login(user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/judge/{output.pk}/").status_code == 200
        return len(captured)

    before = queries()
    for n in range(4):
        make_definition(f"d{n}", "one")
        for _ in range(2):
            give(make_judge(), make_output(), {"one": "yes", "two": "no"})
            give(make_judge(), output, {"one": "yes", "two": "no"})
    assert queries() == before
