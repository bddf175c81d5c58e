"""The pair page: what it shows and hides, one press a save, sides that stay, nothing lost."""

import re
import uuid
from html import unescape
from itertools import combinations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from evaluations.judgments.models import Comparison, Draft, Judge
from evaluations.judgments.pairs.actions import submit_comparison
from evaluations.judgments.pairs.places import round_robin
from evaluations.judgments.tests.cast import (
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.judgments.tests.form import hidden_fields, text_of
from evaluations.judgments.tests.pair_cast import HTMX, PAGE, address, pair, press, sides
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db
__all__ = ["pair"]


def test_both_outputs_and_the_plain_question_are_shown(
    client: Client, pair: tuple[Output, Output]
) -> None:
    body = text_of(client.get(address(pair)))
    for shown in ("The first working.", "The second working.", "Which is more of reasoning?"):
        assert shown in body
    assert pair[0].prompt.text in unescape(body)
    for key, value in (("a", "left"), ("b", "right"), ("t", "tie"), ("n", "neither")):
        assert re.search(f'name="value" value="{value}"[^>]* data-key="{key}"', body)


def test_the_next_pair_is_found_by_itself_for_a_prompt_and_for_the_site(
    client: Client, pair: tuple[Output, Output]
) -> None:
    other = make_prompt("other")
    two = (make_output(prompt=other), make_output(prompt=other))
    make_output(prompt=make_prompt("lonely"))
    assert client.get(f"{PAGE}?prompt=lamp")["Location"] == address(pair, "prompt=lamp")
    assert client.get(PAGE)["Location"] in {address(pair), address(two)}


def test_nothing_of_models_grades_references_or_others_is_sent_before_saving(
    client: Client, pair: tuple[Output, Output]
) -> None:
    prompt = pair[0].prompt
    runs = [
        make_run(make_model("wordsmith", maker="Acme"), make_recipe("slowly", name="Asked slowly")),
        make_run(make_model("chatter"), make_recipe("quickly")),
    ]
    outputs = [
        make_output(run=run, prompt=prompt, grade=0.125, grade_note="GRADED") for run in runs
    ]
    compared = (outputs[0], outputs[1])
    submit_comparison(
        judge=make_judge(), left=outputs[0], right=outputs[1], value="left",
        form_token=uuid.uuid4(), comment="OTHERS SAID",
    )  # fmt: skip
    body = text_of(client.get(address(compared)))
    for hidden in (
        "Wordsmith", "wordsmith", "Acme", "slowly", "Chatter", "0.125", "GRADED",
        "SECRET REFERENCE", "OTHERS SAID", f"/outputs/{outputs[0].pk}", "/runs/1",
    ):  # fmt: skip
        assert hidden not in body, hidden


def test_an_output_that_names_its_model_is_masked(client: Client) -> None:
    prompt = make_prompt()
    run = make_run(make_model("wordsmith", name="Wordsmith 2", maker="Acme"))
    naming = make_output(
        run=run, prompt=prompt, trace="I am Wordsmith by Acme.", answer="So.", names_model=True
    )
    plain, other = (make_output(run=run, prompt=prompt) for _ in range(2))
    body = text_of(client.get(address((naming, plain))))
    assert "Wordsmith" not in body
    assert "Acme" not in body
    assert "█" in body
    press(client, address((naming, plain)), "tie")
    press(client, address((plain, other)), "tie")
    masked = Comparison.objects.order_by("id").values_list("masked", flat=True)
    assert list(masked) == [True, False]


def test_a_press_saves_without_javascript_and_goes_on(
    client: Client, pair: tuple[Output, Output]
) -> None:
    third = make_output(prompt=pair[0].prompt)
    url = address(pair, "prompt=lamp")
    shown = sides(client.get(url))
    response = press(client, url, "left", comment=" odd ", confidence="70", seconds="3.5")
    assert response.status_code == 303
    assert str(third.pk) in response["Location"]
    stored = Comparison.objects.get()
    assert (stored.left_id, stored.right_id, stored.value) == (*shown, "left")
    assert (stored.comment, stored.confidence, stored.seconds) == ("odd", 70, 3.5)
    assert (stored.judge.kind, stored.guest_check) == ("guest", "counted")
    assert "1 saved" in text_of(client.get(response["Location"]))


def test_htmx_gets_the_next_pair_with_its_address_focus_and_words(
    client: Client, pair: tuple[Output, Output]
) -> None:
    make_output(prompt=pair[0].prompt)
    response = press(client, address(pair, "prompt=lamp"), "tie", htmx=True)
    body = text_of(response)
    assert body.lstrip().startswith('<div class="judging-item"')
    assert "<html" not in body
    assert response["HX-Push-Url"] != address(pair, "prompt=lamp")
    assert 'id="item-title" tabindex="-1" data-focus' in body
    assert 'data-announce="Saved: a tie."' in body


def test_after_the_last_pair_the_names_are_one_link_away(
    client: Client, pair: tuple[Output, Output]
) -> None:
    body = text_of(press(client, address(pair, "prompt=lamp"), "left", htmx=True))
    assert "You have compared every pair here" in body
    for output in pair:
        assert f'href="/outputs/{output.pk}/"' in body
    assert pair[0].run.model.name not in body


def test_the_strip_links_no_output_that_is_judged_again(
    client: Client, pair: tuple[Output, Output]
) -> None:
    make_output(prompt=pair[0].prompt)
    body = text_of(press(client, address(pair, "prompt=lamp"), "left", htmx=True))
    assert "Saved: " in body
    assert "/outputs/" not in body


def test_every_pair_of_a_prompt_comes_once(client: Client, pair: tuple[Output, Output]) -> None:
    outputs = [*pair, *(make_output(prompt=pair[0].prompt) for _ in range(3))]
    response = client.get(f"{PAGE}?prompt=lamp")
    for _ in range(10):
        response = press(client, response["Location"], "neither")
    assert text_of(client.get(response["Location"])).count("You have compared every pair here") == 1
    seen = {frozenset((it.left_id, it.right_id)) for it in Comparison.objects.all()}
    assert seen == {frozenset(it) for it in combinations([output.pk for output in outputs], 2)}


@pytest.mark.parametrize("count", range(7))
def test_a_round_robin_lets_every_two_meet_once(count: int) -> None:
    met = list(round_robin(range(count)))
    assert sorted(met) == sorted(combinations(range(count), 2))


def test_sides_stay_over_a_reload_and_differ_between_judges(pair: tuple[Output, Output]) -> None:
    found = set()
    for number in range(12):
        visiting = Client()
        visiting.force_login(make_user(f"user-{number}"))
        first = sides(visiting.get(address(pair)))
        assert sides(visiting.get(address(pair))) == first
        found.add(first)
    assert len(found) == 2


def test_a_guests_sides_stay_before_and_after_their_first_save(
    pair: tuple[Output, Output],
) -> None:
    found: set[tuple[int, ...]] = set()
    guests = 0
    while len(found) < 2 and guests < 40:
        guests += 1
        client = Client()
        first = sides(client.get(address(pair)))
        assert sides(client.get(address(pair))) == first
        press(client, address(pair), "left")
        assert sides(client.get(address(pair))) == first
        found.add(first)
    assert len(found) == 2
    assert Judge.objects.count() == guests


def test_reading_leaves_no_row(client: Client, pair: tuple[Output, Output]) -> None:
    client.get(PAGE, follow=True)
    make_item(make_protocol(subject="pair"), pair=pair)
    client.get(f"{PAGE}?protocol=small", follow=True)
    assert not Judge.objects.exists()


def test_a_form_without_an_answer_comes_back_with_the_comment(
    client: Client, pair: tuple[Output, Output]
) -> None:
    form = hidden_fields(client.get(address(pair)))
    response = client.post(address(pair), {**form, "comment": "kept words"})
    assert response.status_code == 422
    assert "Press one of the four answers" in text_of(response)
    assert "kept words" in text_of(response)


def test_a_stale_form_is_a_409_that_keeps_the_comment_and_then_saves(
    client: Client, pair: tuple[Output, Output]
) -> None:
    form = hidden_fields(client.get(address(pair)))
    press(client, address(pair), "left")
    late = client.post(
        address(pair),
        {**form, "form_token": str(uuid.uuid4()), "value": "right", "comment": "mine"},
    )
    assert late.status_code == 409
    assert "mine" in text_of(late)
    assert Comparison.objects.count() == 1
    again = {**hidden_fields(late), "value": "right", "comment": "mine"}
    assert client.post(address(pair), again).status_code == 303
    assert Comparison.objects.get(is_current=True).value == "right"


@pytest.mark.parametrize(
    "broken", [{"content": "0" * 16}, {"left": "1", "right": "1"}, {"definition": "99"}]
)
def test_a_form_about_something_else_is_a_409(
    client: Client, pair: tuple[Output, Output], broken: dict[str, str]
) -> None:
    response = press(client, address(pair), "left", comment="mine", **broken)
    assert response.status_code == 409
    assert "mine" in text_of(response)
    assert not Comparison.objects.exists()


def test_a_double_click_is_stored_once(client: Client, pair: tuple[Output, Output]) -> None:
    form = {**hidden_fields(client.get(address(pair))), "value": "left"}
    assert [client.post(address(pair), form).status_code for _ in range(2)] == [303, 303]
    assert Comparison.objects.count() == 1


def test_undo_brings_the_pair_back_with_its_comment(
    client: Client, pair: tuple[Output, Output]
) -> None:
    response = press(client, address(pair, "prompt=lamp"), "left", htmx=True, comment="a slip")
    token = re.search(r'name="form_token" value="([\w-]+)"', text_of(response))
    assert token
    back = client.post("/judge/pair/undo/?prompt=lamp", {"form_token": token[1]}, headers=HTMX)
    assert "a slip" in text_of(back)
    assert back["HX-Push-Url"].startswith(address(pair, "prompt=lamp"))
    assert Comparison.objects.get().withdrawn_at is not None
    late = client.post("/judge/pair/undo/", {"form_token": token[1]}, follow=True)
    assert "That could not be undone" in text_of(late)


def test_looking_again_shows_ones_own_earlier_answer(
    client: Client, pair: tuple[Output, Output]
) -> None:
    press(client, address(pair), "tie")
    assert "A new answer takes its place" in text_of(client.get(address(pair)))


def test_a_skipped_pair_does_not_come_again(client: Client, pair: tuple[Output, Output]) -> None:
    url = client.get(f"{PAGE}?prompt=lamp")["Location"]
    response = client.post(url.replace("/pair/", "/pair/skip/"))
    assert response.status_code == 303
    assert response["Location"] == f"{PAGE}?prompt=lamp"
    assert client.get(f"{PAGE}?prompt=lamp").status_code == 200
    assert not Comparison.objects.exists()


def test_a_draft_is_kept_on_the_server_until_it_is_saved(
    client: Client, pair: tuple[Output, Output]
) -> None:
    item = make_item(make_protocol(subject="pair"), pair=pair)
    url = f"{PAGE}?protocol=small&item={item.pk}"
    form = {**hidden_fields(client.get(url)), "comment": "half a thought"}
    reply = client.post(url.replace("/pair/", "/pair/draft/"), form).json()
    assert reply["saved_at"]
    assert reply["held_until"]
    assert "half a thought" in text_of(client.get(url))
    press(client, url, "left", comment="a thought")
    assert not Draft.objects.exists()


def test_who_may_not_judge_is_told_why(client: Client, pair: tuple[Output, Output]) -> None:
    make_item(make_protocol(subject="pair", access="signed-in"), pair=pair)
    response = client.get(f"{PAGE}?protocol=small")
    assert response.status_code == 403
    assert "sign in or sign up" in text_of(response)


def test_guests_beyond_the_allowance_keep_their_comment(
    client: Client, pair: tuple[Output, Output], settings: Settings
) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 0
    response = press(client, address(pair), "left", comment="kept words")
    assert response.status_code == 429
    assert "kept words" in text_of(response)
    assert "Sign up" in text_of(response)
    assert not Comparison.objects.exists()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("protocol=none", "There is no protocol"),
        ("protocol=outputs", "does not ask about pairs"),
        ("protocol=small&item=99999", "has no pair"),
        ("prompt=none", "There is no prompt"),
        ("direct=none", "There is no definition"),
        ("left=1", "A pair is named by"),
        ("left=x&right=y", "A pair is named by"),
        ("left=99998&right=99999", "There is no output"),
        ("prompt=%00", "holds a character"),
    ],
)
def test_an_address_that_names_nothing_is_a_404_with_a_sentence(
    client: Client, query: str, words: str
) -> None:
    make_protocol("outputs")
    make_protocol(subject="pair")
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 404
    assert words in unescape(text_of(response))


def test_two_outputs_of_different_prompts_are_no_pair(client: Client) -> None:
    response = client.get(address((make_output(), make_output())))
    assert response.status_code == 404
    assert "same prompt" in text_of(response)


def test_without_pairs_the_page_says_what_to_do(client: Client) -> None:
    make_output()
    body = text_of(client.get(PAGE))
    assert "No pairs to compare yet" in body
    assert "Watch the runs" in body


def test_a_long_output_shows_its_first_part(client: Client, pair: tuple[Output, Output]) -> None:
    long = make_output(prompt=pair[0].prompt, trace="words " * 5000, answer="THE END")
    url = address((pair[0], long))
    assert "THE END" not in text_of(client.get(url))
    assert "Show all of both" in text_of(client.get(url))
    assert "THE END" in text_of(client.get(f"{url}&all=1"))


def test_queries_do_not_grow_with_outputs(
    client: Client,
    pair: tuple[Output, Output],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(8):
        make_output(prompt=pair[0].prompt)
    client.force_login(make_user())
    url = address(pair, "prompt=lamp")
    form = {**hidden_fields(client.get(url)), "value": "left"}
    with django_assert_max_num_queries(12):
        client.get(url)
    with django_assert_max_num_queries(40):
        client.post(url, form, headers=HTMX)
