"""Marked text on an output's page: in the text, in the list, and only for those who may see it."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from evaluations.judgments.answers.marks import MarkDraft
from evaluations.judgments.outputs.marks import Stretch, pieces
from evaluations.runs.models import Output
from tests.cast import give, make_criterion, make_judge, make_output, make_prompt, make_user

HTMX = {"HX-Request": "true"}


def page_of(client: Client, output: Output, query: str = "", **headers: str) -> str:
    return client.get(f"/outputs/{output.pk}/{query}", headers=headers).content.decode()


def on_trace(start: int, end: int, criterion: str = "sound") -> MarkDraft:
    return MarkDraft(part="trace", start=start, end=end, criterion=criterion)


@pytest.fixture
def output() -> Output:
    make_criterion("sound")
    make_criterion("clear")
    return make_output(
        trace="It 😀 rains.\n\nSo it <b>is</b> wet.", prompt=make_prompt(text="Why wet?")
    )


@pytest.mark.django_db
def test_marks_are_shown_after_judging_with_counts_and_criteria(
    client: Client, output: Output
) -> None:
    user = make_user("ada")
    mine = make_judge(user=user)
    smile, across = on_trace(3, 10), on_trace(5, 18, "clear")
    answer = MarkDraft(part="answer", start=0, end=8, criterion="sound")
    prompt = MarkDraft(part="prompt", start=4, end=7, criterion="sound")
    both = {"sound": "yes", "clear": "no"}
    give(make_judge(), output, both, marks=[smile, across])
    before = page_of(client, output)
    assert "<mark" not in before
    assert "evidence" not in before

    give(mine, output, both, marks=[smile, answer, prompt])
    client.force_login(user)
    page = page_of(client, output)
    steps = re.findall(r"<li>(.*?)</li>", page.partition('class="trace"')[2], re.DOTALL)[:2]

    def note(number: int) -> str:
        return (
            f'<sup><a class="evidence-note" href="#evidence-{number}" '
            f'aria-label="Evidence {number}">{number}</a></sup>'
        )

    assert steps == [
        f'It <mark class="evidence">😀 rains</mark>{note(2)}<mark class="evidence">.</mark>',
        f'<mark class="evidence">So it</mark>{note(3)} &lt;b&gt;is&lt;/b&gt; wet.',
    ]
    assert f'>Why <mark class="evidence">wet</mark>{note(1)}?</div>' in page
    assert f'<mark class="evidence">Somebody</mark>{note(4)} is home.</div>' in page
    listed = re.findall(r'<li id="evidence-\d">.*?</li>', page, re.DOTALL)
    assert len(listed) == 4
    assert ">sound</a>: 2 judges, you among them<" in listed[1]
    assert ">clear</a>: 1 judge<" in listed[2]
    assert ">sound</a>: 1 judge, you<" in listed[3]
    assert "in the answer" in listed[3]


@pytest.mark.django_db
def test_the_rest_of_a_long_output_shows_others_marks_only_once_they_were_shown(
    client: Client, output: Output
) -> None:
    user = make_user("ada")
    mine = make_judge(user=user)
    give(mine, output, {"sound": "yes"}, marks=[on_trace(0, 2)])
    give(make_judge(), output, {"sound": "yes"}, marks=[on_trace(5, 10)])
    assert "<mark" not in page_of(client, output, "?all=1", **HTMX)
    client.force_login(user)
    alone = page_of(client, output, "?all=1", **HTMX)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", alone) == ["It"]
    page_of(client, output)
    after = page_of(client, output, "?all=1", **HTMX)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", after) == ["It", "rains"]


@pytest.mark.django_db
def test_queries_do_not_grow_with_marks(client: Client, output: Output) -> None:
    user = make_user("ada")
    give(make_judge(user=user), output, {"sound": "yes"}, marks=[on_trace(0, 2)])
    give(make_judge(), output, {"sound": "yes"})
    client.force_login(user)
    page_of(client, output)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page_of(client, output)
        return len(asked)

    few = queries()
    for _ in range(3):
        judge = make_judge()
        give(judge, output, {"sound": "yes"}, marks=[on_trace(n, n + 3) for n in range(5)])
    assert queries() == few


@given(
    st.text(max_size=20),
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=8),
)
def test_pieces_are_the_text_marked_where_a_place_covers_it(
    text: str, start: int, spans: list[tuple[int, int]]
) -> None:
    numbered = {
        Stretch("trace", first, first + length): number
        for number, (first, length) in enumerate(spans)
    }
    found = pieces(text, start, numbered)
    assert "".join(piece.text for piece in found) == text
    covered = [piece.marked for piece in found for _ in piece.text]
    assert covered == [
        any(place.start <= start + index < place.end for place in numbered)
        for index in range(len(text))
    ]
    notes = [number for piece in found for number in piece.notes]
    ending = [
        number
        for place, number in numbered.items()
        if start < place.end <= start + len(text) and place.start < start + len(text)
    ]
    assert sorted(notes) == sorted(ending)
