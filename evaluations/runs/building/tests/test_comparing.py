"""Two runs beside each other."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.prompts.models import PromptSet
from evaluations.runs.building.tests.worlds import a_grid, write_all
from evaluations.runs.models import Run, SeenAnswered
from tests.cast import make_grade, make_researcher, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> User:
    person = make_researcher()
    client.force_login(person)
    return person


def two_runs(actor: User, **second: Any) -> tuple[Run, Run]:
    a = a_grid(actor, seed=1, samples=2).runs.get()
    write_all(a)
    b = a_grid(actor, seed=1, samples=1, reuses=False, **second).runs.get()
    write_all(b)
    return a, b


def said_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_outputs_are_aligned_by_prompt_and_sample(client: Client, researcher: User) -> None:
    a, b = two_runs(researcher)
    first = b.outputs.earliest("pk")
    make_grade(a.outputs.get(prompt=first.prompt, sample=0), 0.0)
    make_grade(first, 1.0)
    page = said_of(client.get(f"/runs/compare/?a={a.pk}&b={b.pk}"))
    assert "8 pairs" in page
    assert "Same text 4 Different text 0 In one alone 4 Grade higher in b 1" in page
    rows = list(
        csv.DictReader(
            io.StringIO(client.get(f"/runs/compare.csv?a={a.pk}&b={b.pk}").content.decode())
        )
    )
    assert [row["text"] for row in rows].count("only in a") == 4
    (moved,) = (row for row in rows if row["grade_moved"])
    assert (moved["prompt"], moved["grade_moved"]) == (first.prompt.slug, "1.0")
    shown = said_of(client.get(f"/runs/compare/?a={a.pk}&b={b.pk}&show=moved"))
    assert f"Output {first.pk}" in shown
    assert "only in a" not in shown


def test_whoever_compared_answers_is_not_asked_to_give_them(
    client: Client, researcher: User
) -> None:
    a, b = two_runs(researcher)
    address = f"/runs/compare/?a={a.pk}&b={b.pk}"
    client.get(address)
    assert not SeenAnswered.objects.exists(), "nobody is given prompts of this set"
    PromptSet.objects.update(for_people=True)
    client.get(address)
    assert SeenAnswered.objects.filter(user=researcher).count() == 4


def test_whoever_read_what_was_tried_is_not_asked_to_answer_it(
    client: Client, researcher: User
) -> None:
    grid = a_grid(researcher, tries=True)
    PromptSet.objects.update(for_people=True)
    write_all(grid.runs.get())
    client.get(grid.get_absolute_url())
    assert SeenAnswered.objects.filter(user=researcher).count() == 3


def test_other_seeds_give_other_texts(client: Client, researcher: User) -> None:
    a, _ = two_runs(researcher)
    c = a_grid(researcher, seed=2, samples=2).runs.get()
    write_all(c)
    page = said_of(client.get(f"/runs/compare/?a={a.pk}&b={c.pk}"))
    assert "Same text 0 Different text 8" in page


def test_both_must_be_readable(client: Client, researcher: User) -> None:
    a, b = two_runs(researcher, visibility="private")
    assert client.get(f"/runs/compare/?a={a.pk}&b={b.pk}").status_code == 200
    client.force_login(make_user())
    response = client.get(f"/runs/compare/?a={a.pk}&b={b.pk}")
    assert response.status_code == 422
    assert "you may not read it" in said_of(response)
    assert "Seed" not in said_of(response).split("Compare")[-1]
    assert client.get(f"/runs/compare.csv?a={a.pk}&b={b.pk}").status_code == 404


@pytest.mark.parametrize("query", ["?a=1", "", "?a=1&b=1", "?a=x&b=%C2%B2", "?a=9999999&b=1"])
def test_nonsense_is_answered_with_the_form(client: Client, researcher: User, query: str) -> None:
    two_runs(researcher)
    response = client.get(f"/runs/compare/{query}")
    assert response.status_code in (200, 422)
    assert 'id="compare"' in response.content.decode()


def test_queries_do_not_grow_with_outputs(
    client: Client, researcher: User, django_assert_max_num_queries: Any
) -> None:
    a, b = two_runs(researcher)
    address = f"/runs/compare/?a={a.pk}&b={b.pk}"
    client.get(address)
    with django_assert_max_num_queries(30) as few:
        client.get(address)
    c = a_grid(researcher, seed=5, samples=9).runs.get()
    write_all(c)
    with django_assert_max_num_queries(len(few)):
        client.get(f"/runs/compare/?a={a.pk}&b={c.pk}")
