"""Prompts with what was written to them."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.prompts.models import Family, Prompt, PromptSet
from tests.cast import (
    HOSTILE,
    make_model,
    make_output,
    make_prompt,
    make_prompt_set,
    make_recipe,
    make_staff,
)

pytestmark = pytest.mark.django_db


def test_an_empty_site_says_so(client: Client) -> None:
    page = client.get("/prompts/").content.decode()
    assert "No prompts yet" in page


def test_sets_are_sections_with_their_prompts(client: Client) -> None:
    make_prompt_set("riddles", prompts=2, description="Old ones with a twist.")
    make_prompt_set("empty")
    family = Family.objects.create(slug="lamps")
    prompt = make_prompt("lamp", family=family, reference="42", grader="numeric")
    make_output(prompt=prompt)
    make_output(prompt=prompt, state="pending")
    page = client.get("/prompts/").content.decode()
    assert '<section class="section ruled" id="riddles"' in page
    assert "Old ones with a twist." in page
    assert "This set has no prompts yet." in page
    row = page.partition('href="/prompts/lamp/"')[2].partition("</tr>")[0]
    assert "surface changed" in row
    assert "yes" in row
    assert '<td class="number">1</td>' in row
    assert "42" not in row


def add(prompt_set: PromptSet, slug: str, **fields: Any) -> None:
    Prompt.objects.create(prompt_set=prompt_set, slug=slug, title=slug, text=slug, **fields)


def test_a_family_stands_together_with_its_original_first(client: Client) -> None:
    riddles = make_prompt_set("riddles")
    one, two = Family.objects.create(slug="one"), Family.objects.create(slug="two")
    add(riddles, "a", family=one, relation="surface")
    add(riddles, "b")
    add(riddles, "c")
    add(riddles, "d", family=two, relation="original")
    add(riddles, "e", family=one, relation="original")
    add(riddles, "f")
    page = client.get("/prompts/sets/riddles/")
    groups = page.context["section"]["groups"]
    slugs = [[row["prompt"].slug for row in group] for group in groups]
    assert slugs == [["e", "a"], ["b", "c"], ["d"], ["f"]]
    assert "6 in 2 families" in page.content.decode()
    assert "6 prompts in 2 families" in client.get("/prompts/").content.decode()


def test_a_large_set_begins_with_whole_families(client: Client) -> None:
    chains = make_prompt_set("chains")
    for number in range(10):
        family = Family.objects.create(slug=f"chain-{number}")
        for relation in ("original", "reordered", "surface"):
            add(chains, f"chain-{number}-{relation}", family=family, relation=relation)
    (section,) = client.get("/prompts/").context["sections"]
    assert [len(group) for group in section["groups"]] == [3, 3]
    assert (section["total"], section["families"]) == (30, 10)


def test_a_prompt_without_a_generator_says_no_more_than_is_known(client: Client) -> None:
    page = client.get(make_prompt("lamp").get_absolute_url()).content.decode()
    assert "written, not generated" in page


def test_csv_and_json(client: Client) -> None:
    prompt = make_prompt("lamp", text="=1+1", reference="2", grader="numeric")
    make_output(prompt=prompt)
    (row,) = csv.DictReader(io.StringIO(client.get("/prompts.csv").content.decode()))
    (record,) = client.get("/prompts.json").json()["prompts"]
    assert (row["slug"], row["text"], row["outputs"]) == ("lamp", "'=1+1", "1")
    assert (record["text"], record["outputs"], record["family"]) == ("=1+1", 1, None)


def test_the_page_of_all_and_its_files_hold_the_same_prompts(client: Client) -> None:
    riddles = make_prompt_set("riddles", prompts=3)
    riddles.prompts.filter(slug="riddles-2").update(is_archived=True)
    make_prompt_set("lamps", prompts=2)
    make_prompt_set("gone", prompts=1, is_archived=True)
    make_prompt_set("hidden", prompts=1, visibility="private")

    def slugs_on_page() -> list[str]:
        sections = client.get("/prompts/").context["sections"]
        return [
            row["prompt"].slug
            for section in sections
            for group in section["groups"]
            for row in group
        ]

    def slugs_in_files() -> list[list[str]]:
        in_csv = csv.DictReader(io.StringIO(client.get("/prompts.csv").content.decode()))
        in_json = client.get("/prompts.json").json()["prompts"]
        return [[row["slug"] for row in rows] for rows in (in_csv, in_json)]

    shown = slugs_on_page()
    assert shown == ["lamps-1", "lamps-2", "riddles-1", "riddles-3"]
    assert slugs_in_files() == [shown, shown]
    make_prompt_set("many", prompts=30)
    page = client.get("/prompts/")
    totals = [section["total"] for section in page.context["sections"]]
    assert (totals, page.context["total"]) == ([2, 30, 2], 34)
    assert [len(slugs) for slugs in slugs_in_files()] == [34, 34]


def test_a_prompt_with_family_reference_and_outputs(client: Client) -> None:
    family = Family.objects.create(slug="lamps")
    variant = make_prompt("lamp-b", family=family, title="The other lamp")
    original = make_prompt(
        "lamp-a", family=family, relation="original", title="The lamp", text="Is it on?\n\nWhy?",
        reference="It is on.", origin={"generator": "lamps", "seed": 11},
    )  # fmt: skip
    make_output(
        prompt=original, text="It shines.", model=make_model("m", name="Mumbler"),
        recipe=make_recipe("r", name="Slowly"),
    )  # fmt: skip
    page = client.get("/prompts/lamp-a/").content.decode()
    assert '<div class="prompt-box" hx-ignore>Is it on?\n\nWhy?</div>' in page
    assert f'href="{variant.get_absolute_url()}">The other lamp' in page
    assert "<details" in page.partition("It is on.")[0].rpartition("<dt>Reference</dt>")[2]
    assert "generator: lamps" in page
    assert "CC BY 4.0" in page
    assert "Mumbler, Slowly" in page
    assert "It shines." in page
    assert page.index(">The lamp</strong>") < page.index("The other lamp")


def test_unfinished_failed_and_withdrawn_outputs_are_left_out(client: Client) -> None:
    prompt = make_prompt("lamp")
    make_output(prompt=prompt, text="Gone.", withdrawn_at=timezone.now())
    make_output(prompt=prompt, state="failed", error="Broke.")
    make_output(prompt=prompt, state="pending")
    page = client.get("/prompts/lamp/").content.decode()
    assert "No model has answered this prompt yet." in page
    assert "Gone." not in page
    assert "Broke." not in page


def test_only_those_who_may_are_offered_a_run(client: Client) -> None:
    make_prompt("lamp")
    assert "/runs/new/" not in client.get("/prompts/lamp/").content.decode()
    client.force_login(make_staff())
    assert "/runs/new/?prompt_set=set" in client.get("/prompts/lamp/").content.decode()


def test_hostile_text_is_escaped(client: Client) -> None:
    prompt = make_prompt("lamp", text=HOSTILE, reference=HOSTILE, note=HOSTILE)
    make_output(prompt=prompt, text=HOSTILE)
    page = client.get("/prompts/lamp/").content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)") == 4


def test_unknown_prompt(client: Client) -> None:
    assert client.get("/prompts/unknown/").status_code == 404


@pytest.mark.parametrize("path", ["/prompts/", "/prompts/lamp/", "/prompts.csv", "/prompts.json"])
def test_queries_do_not_grow_with_the_rows(client: Client, path: str) -> None:
    family = Family.objects.create(slug="lamps")
    lamp = make_prompt("lamp", family=family)

    def make_rows(name: str) -> None:
        for number in range(3):
            make_prompt(f"{name}-lamp-{number}", family=family)
            make_output(prompt=lamp)
        make_prompt_set(name, prompts=2)

    make_rows("few")
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    make_rows("many")
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(few) == len(many)
