"""An output's page: text, provenance, and what others found once the visitor judged."""

import html
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.judgments.answers.actions import undo_judgment
from evaluations.judgments.models import Judge, Judgment, Reveal
from evaluations.runs.models import Output
from tests.cast import (
    HOSTILE,
    classify,
    give,
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

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def output() -> Output:
    make_criterion("sound", question="Is it sound?")
    make_criterion("clear", question="Is it clear?")
    make_definition("strict", {"all": ["sound", "clear"]}, name="The strict one")
    make_definition("easy", "sound", name="The easy one")
    return make_output()


def page_of(client: Client, output: Output, query: str = "") -> str:
    response = client.get(f"/outputs/{output.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def judge_of(client: Client) -> Judge:
    """The judge of a signed-in person behind the client."""
    user = make_user(f"user-{Judge.objects.count()}")
    client.force_login(user)
    return make_judge(user=user)


# What was asked and written ----------------------------------------------------------------


def test_prompt_steps_answer_and_provenance(client: Client) -> None:
    output = make_output(
        trace="1. It rains.\n2. So the street is wet.",
        answer="The street is wet.",
        model=make_model("mumbler", name="Mumbler 3B"),
        recipe=make_recipe("slowly", name="Slowly"),
        prompt=make_prompt("rain", text="It rains.\n\nWhat follows?", reference="wet",
                           grader="exact"),
        seed=2**40,
        tokens_out=1234,
        seconds=3.25,
        stop_reason="length",
        grade=0.5,
        grade_note="half right",
    )  # fmt: skip
    page = page_of(client, output)
    assert '<div class="prompt-box" hx-ignore>It rains.\n\nWhat follows?</div>' in page
    steps = re.search(r'<ol class="trace" hx-ignore>(.*?)</ol>', page, re.DOTALL)
    assert steps
    assert re.findall(r"<li[^>]*>(.*?)</li>", steps[1], re.DOTALL) == [
        "1. It rains.",
        "2. So the street is wet.",
    ]
    assert '<div class="answer" hx-ignore>The street is wet.</div>' in page
    for word in (
        "Mumbler 3B", "Slowly", f"/runs/{output.run_id}/", str(2**40), "1,234 out", "3.3",
        "at its limit of tokens", "2.13.0", "<strong>0.50</strong> of 1", "half right",
        f"/outputs/{output.pk}.txt", f'href="/judge/{output.pk}/">Judge this<',
    ):  # fmt: skip
        assert word in page, word


def test_steps_are_cut_by_code_points(client: Client) -> None:
    output = make_output(trace="😀 Ein Würfel.\n\n𝔸lso: naïve 👩‍👩‍👧.")
    page = page_of(client, output)
    assert ">😀 Ein Würfel.</li>" in page
    assert ">𝔸lso: naïve 👩‍👩‍👧.</li>" in page


def test_an_output_without_working_or_answer(client: Client) -> None:
    page = page_of(client, make_output(trace="", answer="", text="", stop_reason="length"))
    assert "No working is set apart from the answer" in page
    assert "ends without an answer: it reached its limit of tokens" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("pending", "This output is waiting"),
        ("leased", "This output is being written"),
        ("cancelled", "cancelled before it was written"),
        ("failed", "Out of memory."),
    ],
)
def test_an_output_that_is_not_written_says_why(client: Client, state: str, words: str) -> None:
    output = make_output(state=state, error="Out of memory." if state == "failed" else "")
    page = page_of(client, output)
    assert words in page
    assert f"/runs/{output.run_id}/" in page
    assert f"/judge/{output.pk}/" not in page
    assert "Show answers" not in page
    assert client.get(f"/outputs/{output.pk}.txt").status_code == 404
    assert client.post(f"/outputs/{output.pk}/reveal/").status_code == 404
    assert client.post(f"/outputs/{output.pk}/report/", {"reason": "other"}).status_code == 404


@pytest.mark.parametrize("whole_run", [False, True])
def test_a_withdrawn_output_is_gone(client: Client, whole_run: bool) -> None:
    now = timezone.now()
    run = make_run(withdrawn_at=now if whole_run else None)
    output = make_output(run=run, trace="", answer="", text="Secret.", withdrawn_at=now)
    for path in (f"/outputs/{output.pk}/", f"/outputs/{output.pk}.txt"):
        response = client.get(path)
        assert response.status_code == 410
        assert "withdrawn" in response.content.decode()
        assert "Secret." not in response.content.decode()


@pytest.mark.parametrize("path", ["/outputs/999/", "/outputs/99999999999999999999/"])
def test_unknown_output(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_200_kilobytes_of_hostile_text_are_escaped_and_cut_to_their_first_part(
    client: Client,
) -> None:
    trace = "\n\n".join(f"{number}. {HOSTILE}" for number in range(1, 1000))
    assert len(trace) > 200_000
    output = make_output(trace=trace, answer=HOSTILE)
    output.refresh_from_db()
    assert output.trace == trace

    first = page_of(client, output)
    assert 20_000 < len(html.unescape(first)) < 60_000
    assert "Only the first part is shown" in first
    whole = page_of(client, output, "?all=1")
    assert html.unescape(whole).count("2. <script>alert(1)</script>") >= 90
    assert "Only the first part is shown" not in whole
    for page in (first, whole):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page
        assert 'href="https://example.org' not in page
        assert 'hx-get="/admin/"' not in page
        assert "{% now" in page
        body = page.partition('<article class="output" id="reading">')[2].partition("</article>")[0]
        elements = re.findall(r"<(?:div|ol)\b[^>]*>", body)
        assert elements
        assert all("hx-ignore" in element for element in elements)
    assert output.text == client.get(f"/outputs/{output.pk}.txt").content.decode()


def test_the_rest_of_a_long_output_comes_as_a_fragment(client: Client) -> None:
    output = make_output(trace="\n\n".join("So it goes on and on." for _ in range(2000)))
    fragment = client.get(f"/outputs/{output.pk}/?all=1", headers=HTMX).content.decode()
    assert fragment.lstrip().startswith('<article class="output" id="reading">')
    assert fragment.count("<li") == 2000
    assert "<html" not in fragment


def test_the_plain_text_is_nothing_but_text(client: Client) -> None:
    output = make_output(trace="", text="<script>alert(1)</script>\r\n\tüñ😀\n")
    response = client.get(f"/outputs/{output.pk}.txt")
    assert response.content.decode() == "<script>alert(1)</script>\r\n\tüñ😀\n"
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == f'inline; filename="output-{output.pk}.txt"'
    assert "default-src 'none'" in response["Content-Security-Policy"]


# What others found -------------------------------------------------------------------------


def test_nothing_of_others_is_sent_before_judging(client: Client, output: Output) -> None:
    plain = page_of(client, output)
    give(make_judge(), output, {"sound": "yes", "clear": "partly"}, comment="Hm, odd.")
    give(make_judge("guest"), output, {"sound": "no"})
    assert strip_tokens(page_of(client, output)) == strip_tokens(plain)
    for word in ("The strict one", "Is it sound?", "mark-", "Judge 1", "Hm, odd."):
        assert word not in plain, word
    assert "Show answers" in plain
    judge_of(client)
    assert "The strict one" not in page_of(client, output)
    assert not Reveal.objects.exists()


def strip_tokens(page: str) -> str:
    return re.sub(r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"', "", page)


def test_who_judged_sees_answers_and_verdicts(client: Client, output: Output) -> None:
    mine = judge_of(client)
    give(make_judge(), output, {"sound": "yes", "clear": "no"})
    give(make_judge("guest"), output, {"sound": "no"})
    give(mine, output, {"sound": "yes"})
    page = page_of(client, output)
    assert "Show answers" not in page
    assert "Judge this again" in page
    verdicts = page.partition('id="verdicts"')[2].partition("</section>")[0]
    answers = page.partition('id="answers"')[2].partition("</section>")[0]
    assert "The strict one" in verdicts
    assert "Not reasoning, because “clear” is answered no." in html.unescape(verdicts)
    assert "Reasoning, because “sound” is answered yes." in html.unescape(verdicts)
    sound = answers.partition("Is it sound?")[2].partition("Is it clear?")[0]
    assert labels(sound) == ["You: yes", "Judge 1", "Guest 1"]
    assert re.findall(r"\d (?:yes|no|partly|cannot tell)", sound) == ["2 yes", "1 no"]
    assert labels(answers.partition("Is it clear?")[2]) == ["Judge 1"]


def labels(part: str) -> list[str]:
    return re.findall(r"<span(?: class=\"badge badge-yours\")?>([^<]*(?:You|Judge|Guest)[^<]*)<",
                      part)  # fmt: skip


def test_open_criteria_are_named(client: Client, output: Output) -> None:
    give(judge_of(client), output, {"sound": "yes"})
    page = html.unescape(page_of(client, output))
    assert "Not asked in full: 1" in page
    assert "depending on “clear”." in page


def test_guests_and_unblinded_answers_do_not_count(client: Client, output: Output) -> None:
    mine = judge_of(client)
    give(make_judge("guest"), output, {"sound": "no", "clear": "no"})
    late = make_judge()
    Reveal.objects.create(judge=late, output=output)
    give(late, output, {"sound": "no", "clear": "no"})
    give(mine, output, {"sound": "yes", "clear": "yes"})
    page = page_of(client, output)
    assert "Settled: 2" in page
    assert page.count("mark-not-reasoning") == 4
    assert "Not reasoning" not in page
    assert "Judge 1 (not blind)" in page


def test_a_guest_presses_show_answers(client: Client, output: Output) -> None:
    give(make_judge(), output, {"sound": "yes"})
    response = client.post(f"/outputs/{output.pk}/reveal/")
    assert (response.status_code, response["Location"]) == (303, f"/outputs/{output.pk}/#verdicts")
    reveal = Reveal.objects.get()
    assert (reveal.judge.kind, reveal.output) == ("guest", output)
    page = page_of(client, output)
    assert "The easy one" in page
    assert "You have seen what others answered about this output" in page
    assert Judge.objects.get(kind="guest") == reveal.judge
    give(reveal.judge, output, {"sound": "no"})
    assert Judgment.objects.get(judge=reveal.judge).blind is False
    other = make_output()
    assert "Show answers" in page_of(client, other)


def test_seeing_others_after_judging_makes_a_later_judgment_unblinded(
    client: Client, output: Output
) -> None:
    mine, token = judge_of(client), uuid.uuid4()
    give(mine, output, {"sound": "yes"}, form_token=token)
    page_of(client, output)
    assert not Reveal.objects.exists(), "there was nothing of others to see"
    give(make_judge(), output, {"sound": "no"})
    page_of(client, output)
    assert Reveal.objects.get().judge == mine
    undo_judgment(judge=mine, form_token=token)
    (again,) = give(mine, output, {"sound": "no"})
    assert again.blind is False
    assert Judgment.objects.get(form_token=token).blind is True


def test_an_undone_judgment_hides_the_answers_again(client: Client, output: Output) -> None:
    mine, token = judge_of(client), uuid.uuid4()
    give(mine, output, {"sound": "yes"}, form_token=token)
    assert "The easy one" in page_of(client, output)
    undo_judgment(judge=mine, form_token=token)
    assert "The easy one" not in page_of(client, output)


def test_answers_about_the_prompt_and_direct_classifications(
    client: Client, output: Output
) -> None:
    make_criterion("answerable", level="prompt", question="Can it be answered?")
    version = make_definition("worded", "sound", name="The worded one")
    other = make_judge()
    give(other, output, {"answerable": "partly"})
    classify(other, output, version, "no", words=HOSTILE, reason=HOSTILE)
    give(judge_of(client), output, {"sound": "yes"})
    answers = page_of(client, output).partition('id="answers"')[2]
    assert "about the prompt" in answers.partition("Can it be answered?")[2]
    direct = answers.partition("By the wording of")[2]
    assert "The worded one" in direct
    assert "Judge 1" in direct
    assert direct.count("&lt;script&gt;") == 2
    assert "<script>" not in direct


def test_nobody_judged_yet(client: Client, output: Output) -> None:
    client.post(f"/outputs/{output.pk}/reveal/")
    assert "Nobody has judged this output yet." in page_of(client, output)


def test_reveals_of_guests_are_limited(client: Client, output: Output) -> None:
    assert client.get(f"/outputs/{output.pk}/reveal/").status_code == 405
    for _ in range(200):
        client.post(f"/outputs/{output.pk}/reveal/")
    refused = client.post(f"/outputs/{output.pk}/reveal/")
    assert refused.status_code == 429
    assert "Sign in to see more" in refused.content.decode()


# Reports -----------------------------------------------------------------------------------


def test_a_guest_reports_an_output(client: Client, output: Output) -> None:
    response = client.post(
        f"/outputs/{output.pk}/report/", {"reason": "personal-data", "text": "A name."}, follow=True
    )
    assert "The moderators will look at this output." in response.content.decode()
    report = output.reports.get()
    assert (report.reason, report.text, report.reporter) == ("personal-data", "A name.", None)


def test_a_report_by_somebody_signed_in_has_their_name(client: Client, output: Output) -> None:
    user = make_user()
    client.force_login(user)
    client.post(f"/outputs/{output.pk}/report/", {"reason": "other"})
    assert output.reports.get().reporter == user


@pytest.mark.parametrize(
    "wrong", [{}, {"reason": "boring"}, {"reason": "other", "text": "x" * 2001}]
)
def test_a_wrong_report_comes_back_with_what_was_typed(
    client: Client, output: Output, wrong: dict[str, str]
) -> None:
    response = client.post(f"/outputs/{output.pk}/report/", {"text": "Typed text", **wrong})
    page = response.content.decode()
    assert response.status_code == 422
    assert wrong.get("text", "Typed text") in page
    assert re.search(r'<details[^>]*id="report" open', page)
    assert not output.reports.exists()


def test_reports_are_limited(client: Client, output: Output) -> None:
    for _ in range(20):
        client.post(f"/outputs/{output.pk}/report/", {"reason": "other"})
    refused = client.post(f"/outputs/{output.pk}/report/", {"reason": "other", "text": "Once more"})
    assert refused.status_code == 429
    assert "Once more" in refused.content.decode()
    assert output.reports.count() == 20


# Queries -----------------------------------------------------------------------------------


def test_queries_do_not_grow_with_steps_judges_and_definitions(
    client: Client, output: Output
) -> None:
    mine = judge_of(client)
    give(mine, output, {"sound": "yes"})

    def make_rows(name: str) -> None:
        for number in range(3):
            make_definition(f"{name}-{number}", {"any": ["sound", "clear"]})
            judge = make_judge()
            give(judge, output, {"sound": "yes", "clear": "no"})
            version = make_definition(f"{name}-direct-{number}", "clear")
            classify(judge, output, version, "yes")

    make_rows("few")
    page_of(client, output)
    with CaptureQueriesContext(connection) as few:
        page_of(client, output)
    make_rows("many")
    with CaptureQueriesContext(connection) as many:
        page_of(client, output)
    assert len(few) == len(many)
    long = make_output(trace="\n\n".join(f"Step {n}." for n in range(200)))
    give(mine, long, {"sound": "yes"})
    with CaptureQueriesContext(connection) as longer:
        page_of(client, long)
    assert len(longer) <= len(few)
