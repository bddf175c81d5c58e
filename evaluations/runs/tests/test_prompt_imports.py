"""Prompts that come many at once: from files, which a set gives too, and from generators."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evaluations.accounts.models import User
from evaluations.prompts.actions import add_prompts
from evaluations.prompts.drafts import Draft, Held, drafted, faults
from evaluations.prompts.files import read
from evaluations.prompts.loading import load_prompts
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.tests.prompt_cast import written
from tests.cast import make_prompt_set

pytestmark = pytest.mark.django_db


def send(client: Client, text: str, **fields: Any) -> Any:
    return client.post("/prompts/sets/lamps/import/", {"text": text, **fields})


def test_an_import_shows_first_and_stores_then(client: Client, lamps: PromptSet) -> None:
    text = "text,reference,grader\r\nHow many?,7,numeric\r\nWhich one?,B,choice\r\n"
    shown = send(client, text, press="preview")
    page = shown.content.decode()
    assert shown.status_code == 200
    assert "<strong>2 prompts</strong>, 2 with a grader" in page
    assert "Which one?" in page
    assert not Prompt.objects.exists()
    digest = shown.context["form"].initial["previewed"]
    other = send(client, text.replace("7", "8"), press="store", previewed=digest)
    assert "Nothing is stored yet." in other.content.decode()
    response = send(client, text, press="store", previewed=digest)
    assert response["Location"] == "/prompts/sets/lamps/"
    assert list(lamps.prompts.values_list("text", flat=True)) == ["How many?", "Which one?"]


def test_of_an_import_with_a_bad_line_nothing_is_stored(client: Client, lamps: PromptSet) -> None:
    text = "text,reference,grader\nHow many?,7,numeric\nWhich?,G,choice\nAnd?,,exact\n"
    shown = send(client, text, press="preview")
    page = shown.content.decode()
    assert shown.status_code == 422
    assert "2 lines cannot be used" in page
    assert "Line 3: Its grader cannot work" in page
    assert "Line 4: It has a grader and no reference answer." in page
    assert "Which?,G,choice\nAnd?,,exact" in page
    digest = shown.context["form"].initial["previewed"]
    assert send(client, text, press="store", previewed=digest).status_code == 422
    assert not Prompt.objects.exists()


def test_a_file_is_read_in_place_of_what_is_pasted(client: Client, lamps: PromptSet) -> None:
    def upload(body: bytes) -> str:
        file = SimpleUploadedFile("prompts.csv", body)
        return send(client, "pasted", file=file, press="preview").content.decode()

    assert "Is it?" in upload("\ufefftext\nIs it?\n".encode())
    assert "It is not UTF-8." in upload("text\nä\n".encode("latin-1"))
    assert "pasted</textarea>" in upload("text\nä\n".encode("latin-1"))
    assert "Paste prompts, or choose a file." in send(client, " ").content.decode()


def test_what_is_too_large_is_refused_in_words(client: Client, lamps: PromptSet) -> None:
    text = "text\n" + "光" * 900_000
    shown = send(client, text, press="preview")
    assert shown.status_code == 422
    assert "Line 1: It has 2,700,006 bytes in UTF-8; 2,000,000 are the most" in (
        shown.content.decode()
    )
    file = SimpleUploadedFile("prompts.csv", text.encode())
    shown = send(client, "pasted", file=file, press="preview")
    assert "It is too large: 2 MB is the most." in shown.content.decode()


def test_what_is_alike_is_shown(client: Client, lamps: PromptSet, writer: User) -> None:
    written(lamps, writer, text="A lamp burns in the hall of the old house. Is anybody home?")
    hidden = make_prompt_set("hidden", prompts=1, visibility="private")
    Prompt.objects.create(
        prompt_set=hidden, slug="secret", title="Secret", text="One two three four five six seven"
    )
    text = (
        "text\nA lamp burns in the hall of the old house. Is anybody there?\n"
        "One two three four five six seven\n"
    )
    page = send(client, text, press="preview").content.decode()
    assert "1 resembles another prompt" in page
    assert "83 % as <a href=" in page
    assert "Secret" not in page


def test_a_set_comes_back_from_its_files(client: Client, writer: User, lamps: PromptSet) -> None:
    drafts = [
        drafted(text="=1+1\n'=2", title="'=x", reference="-2", grader="numeric", family="f, g",
                relation="original", note="“n”", origin={"seed": 1, "of": ["a", None]}),
        drafted(text="Another; \"one\"", title="'=x", family="f, g", relation="surface",
                licence="CC0"),
        drafted(text="Third", reference="open"),
    ]  # fmt: skip
    add_prompts(prompt_set=lamps, actor=writer, drafts=drafts)
    stored = [Draft.of(prompt) for prompt in lamps.prompts.order_by("position")]
    assert [(d.text, d.title, d.origin) for d in stored] == [
        (d.text, d.title, d.origin) for d in drafts
    ]
    for number, ending in enumerate(("csv", "jsonl")):
        body = client.get(f"/prompts/sets/lamps.{ending}").content.decode()
        found = read(body)
        assert found.refused == []
        again = make_prompt_set(f"again-{number}", owner=writer)
        add_prompts(prompt_set=again, actor=writer, drafts=found.drafts)
        assert [Draft.of(p) for p in again.prompts.order_by("position")] == stored
    whole = json.loads(client.get("/prompts/sets/lamps.json").content)
    assert [row["text"] for row in whole["prompts"]] == [draft.text for draft in drafts]


def test_every_shipped_set_comes_back_from_its_files(client: Client) -> None:
    load_prompts()
    for prompt_set in PromptSet.objects.all():
        for ending in ("csv", "jsonl"):
            address = f"/prompts/sets/{prompt_set.slug}.{ending}"
            found = read(client.get(address).content.decode())
            assert found.refused == []
            assert faults(found.drafts, Held()) == []
            assert len(found.drafts) == prompt_set.prompts.count()


def test_a_file_shows_references_to_those_who_may_read_them(
    client: Client, writer: User, lamps: PromptSet
) -> None:
    written(lamps, writer, reference="nobody knows", grader="exact")
    PromptSet.objects.update(visibility="unlisted")
    for ending in ("csv", "json", "jsonl"):
        client.force_login(writer)
        assert "nobody knows" in client.get(f"/prompts/sets/lamps.{ending}").content.decode()
        client.logout()
        assert "nobody knows" not in client.get(f"/prompts/sets/lamps.{ending}").content.decode()


def test_a_generator_makes_the_same_prompts_from_the_same_seed(
    client: Client, writer: User, lamps: PromptSet
) -> None:
    address = "/prompts/sets/lamps/generate/"
    assert "Premise chains" in client.get(address).content.decode()
    sent = {"task": "premise_chains", "seed": 7, "size": 3, "difficulty": "2-3"}
    shown = client.post(address, {**sent, "press": "preview"})
    assert "<strong>9 prompts</strong>, 9 with a grader, in 3 families" in shown.content.decode()
    assert not Prompt.objects.exists()
    again = {**sent, "press": "store", "previewed": shown.context["form"].initial["previewed"]}
    other = client.post(address, {**again, "seed": 8})
    assert "Nothing is stored yet." in other.content.decode()
    assert client.post(address, again)["Location"] == "/prompts/sets/lamps/"
    assert lamps.prompts.filter(relation="reordered").count() == 3
    assert {prompt.origin["seed"] for prompt in lamps.prompts.all()} == {7}
    page = client.post(address, again)
    assert page.status_code == 422
    assert "Prompt 1: The set has a prompt with the same text already." in page.content.decode()
    twin = make_prompt_set("twin", owner=writer)
    client.post("/prompts/sets/twin/generate/", again)
    texts = [list(s.prompts.order_by("position").values_list("text")) for s in (lamps, twin)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"difficulty": "9"}, "Premise chains has the difficulties 2 to 8 (steps)"),
        ({"size": 0}, "greater than or equal to 1"),
        ({"task": "base_nine", "size": 20, "difficulty": "2"}, "at most 7 different families"),
        ({"seed": ""}, "This field is required."),
        ({"task": "chess"}, "Select a valid choice"),
    ],
)
def test_what_a_generator_cannot_do_is_said(
    client: Client, lamps: PromptSet, wrong: dict[str, Any], sentence: str
) -> None:
    sent = {"task": "premise_chains", "seed": 7, "size": 3, "difficulty": "2-3", **wrong}
    response = client.post("/prompts/sets/lamps/generate/", sent)
    assert response.status_code == 422
    assert sentence in response.content.decode()
