"""Prompt sets and prompts that researchers write, and what becomes of a wording with answers."""

import json
from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.prompts.actions import PromptsRefused, add_prompts, reword
from evaluations.prompts.drafts import Draft, drafted
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import RunRefused, launch_run
from tests.cast import (
    make_model,
    make_output,
    make_prompt_set,
    make_recipe,
    make_researcher,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db

SAID = {
    "title": "Two lamps",
    "description": "Asks for a step.",
    "limits": "Nothing about lamps.",
    "domain": "lamps",
    "licence": "CC0",
    "source": "Own.",
    "visibility": "private",
    "publish_on": "",
}


@pytest.fixture
def writer(client: Client) -> User:
    person = make_researcher()
    client.force_login(person)
    return person


@pytest.fixture
def lamps(writer: User) -> PromptSet:
    return make_prompt_set("lamps", owner=writer, visibility="private")


def written(lamps: PromptSet, actor: User, **fields: Any) -> Prompt:
    fields.setdefault("text", "Is the lamp on?")
    (made,) = add_prompts(prompt_set=lamps, actor=actor, drafts=[drafted(**fields)])
    return made


def answered(prompt: Prompt) -> None:
    make_output(prompt=prompt, run=make_run(prompt_set=prompt.prompt_set, visibility="private"))


def test_a_researcher_makes_a_set_without_the_admin(client: Client, writer: User) -> None:
    response = client.post("/prompts/new/", SAID)
    made = PromptSet.objects.get(slug="own-two-lamps")
    assert response["Location"] == "/prompts/sets/own-two-lamps/"
    assert (made.owner, made.visibility, made.licence) == (writer, "private", "CC0")
    page = client.get(made.get_absolute_url()).content.decode()
    for said in ("Asks for a step.", "Nothing about lamps.", "Own.", "CC0", "No prompts yet."):
        assert said in page
    client.post("/prompts/new/", SAID)
    assert PromptSet.objects.filter(slug="own-two-lamps-2").exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "This field is required."),
        ({"limits": ""}, "This field is required."),
        ({"visibility": "public", "publish_on": "2999-01-01"}, "needs no day"),
    ],
)
def test_a_form_that_is_refused_keeps_what_was_typed(
    client: Client, writer: User, wrong: dict[str, str], sentence: str
) -> None:
    response = client.post("/prompts/new/", {**SAID, **wrong})
    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert "Asks for a step.</textarea>" in page
    assert not PromptSet.objects.exists()


def test_others_make_and_change_nothing(client: Client, lamps: PromptSet) -> None:
    prompt = written(lamps, lamps.owner)  # type: ignore[arg-type]
    addresses = [f"/prompts/sets/lamps/{page}/" for page in ("edit", "add", "import")]
    addresses.append(f"/prompts/{prompt.slug}/edit/")
    client.force_login(make_researcher("another"))
    assert {client.get(address).status_code for address in addresses} == {404}
    PromptSet.objects.update(visibility="public")
    assert {client.post(address).status_code for address in addresses} == {403}
    client.force_login(make_user("member"))
    assert client.get("/prompts/new/").status_code == 403
    client.logout()
    assert "/accounts/login/" in client.get("/prompts/new/")["Location"]


def test_a_prompt_is_added_with_its_reference_tried(client: Client, lamps: PromptSet) -> None:
    sent = {"text": "1 + 1 =", "reference": "noon", "grader": "numeric", "press": "another"}
    response = client.post("/prompts/sets/lamps/add/", sent)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Its grader cannot work with this reference" in page
    assert "1 + 1 =</textarea>" in page
    response = client.post("/prompts/sets/lamps/add/", {**sent, "reference": "2"})
    assert response["Location"] == "/prompts/sets/lamps/add/"
    made = Prompt.objects.get()
    assert (made.title, made.slug, made.reference) == ("1 + 1 =", "own-1-1", "2")
    assert made.licence == lamps.licence


def test_addresses_are_none_that_a_page_or_the_catalogue_has(
    lamps: PromptSet, writer: User
) -> None:
    words = ("New", "Sets", "光")
    slugs = [written(lamps, writer, text=word, title=word).slug for word in words]
    assert slugs == ["own-new", "own-sets", "own-prompt"]


def test_what_the_catalogue_brought_is_never_taken_away(lamps: PromptSet, writer: User) -> None:
    shipped = make_prompt_set("shipped", prompts=1, owner=writer).prompts.get()
    again = reword(prompt=shipped, actor=writer, draft=drafted(text="Another?", title="Riddle"))
    shipped.refresh_from_db()
    assert (shipped.slug, shipped.text, shipped.is_archived) == ("shipped-1", "Riddle 1?", True)
    assert (again.slug, again.replaces) == ("own-riddle", shipped)


def test_what_nothing_rests_on_is_reworded_where_it_stands(
    client: Client, lamps: PromptSet, writer: User
) -> None:
    prompt = written(lamps, writer, title="Lamp", family="f", relation="original")
    sent = {"text": "Is it off?", "title": "Lamp", "family": "f", "relation": "original"}
    client.post(f"/prompts/{prompt.slug}/edit/", {**sent, "press": "save"})
    again = Prompt.objects.get()
    assert (again.slug, again.text, again.position) == ("own-lamp", "Is it off?", prompt.position)
    assert again.replaces is None


def test_a_wording_with_answers_is_kept_and_the_new_one_stands_beside_it(
    client: Client, lamps: PromptSet, writer: User
) -> None:
    prompt = written(lamps, writer, title="Lamp", family="f", relation="original")
    answered(prompt)
    sent = {"text": "Is it off?", "title": "Lamp", "family": "f", "relation": "original"}
    response = client.post(f"/prompts/{prompt.slug}/edit/", {**sent, "press": "save"})
    assert response["Location"] == "/prompts/own-lamp-2/"
    before, after = Prompt.objects.order_by("pk")
    assert (before.text, before.is_archived, before.outputs.count()) == ("Is the lamp on?", True, 1)
    assert (after.text, after.is_archived, after.replaces) == ("Is it off?", False, before)
    assert before.family == after.family
    assert "A later wording took its place" in client.get("/prompts/own-lamp/").content.decode()
    assert "an earlier wording" in client.get("/prompts/own-lamp-2/").content.decode()
    page = client.get(lamps.get_absolute_url()).content.decode()
    assert "1 archived prompt" in page
    page = client.post("/prompts/own-lamp/edit/", {"press": "restore"}).content.decode()
    assert "The family “f” has an original already." in page


def test_title_note_and_licence_change_where_they_stand(lamps: PromptSet, writer: User) -> None:
    prompt = written(lamps, writer)
    answered(prompt)
    draft = drafted(text=prompt.text, title="Another", note="n", licence="CC0")
    kept = reword(prompt=prompt, actor=writer, draft=draft)
    assert (kept.pk, kept.title, kept.note, kept.licence) == (prompt.pk, "Another", "n", "CC0")


def test_an_archived_prompt_and_an_archived_set_are_not_asked(
    client: Client, lamps: PromptSet, writer: User
) -> None:
    first, second = written(lamps, writer), written(lamps, writer, text="Or off?")
    client.post(f"/prompts/{first.slug}/edit/", {"press": "archive"})
    ask = {"model": make_model(), "recipe": make_recipe(), "prompt_set": lamps}
    assert [output.prompt for output in launch_run(**ask).outputs.all()] == [second]
    client.post("/prompts/sets/lamps/edit/", {"press": "archive"})
    lamps.refresh_from_db()
    with pytest.raises(RunRefused, match="archived"):
        launch_run(**ask)
    assert "Lamps (" not in client.get("/runs/new/").content.decode()
    assert "Archived sets" in client.get("/prompts/").content.decode()
    assert "Run this set" not in client.get(lamps.get_absolute_url()).content.decode()
    client.post("/prompts/sets/lamps/edit/", {"press": "restore"})
    assert "Lamps (1 prompt)" in client.get("/runs/new/").content.decode()


def test_a_set_says_other_things_of_itself(client: Client, lamps: PromptSet) -> None:
    assert "comes with the site" not in client.get("/prompts/sets/lamps/edit/").content.decode()
    make_prompt_set("story-sums", owner=lamps.owner)
    shipped = client.get("/prompts/sets/story-sums/edit/").content.decode()
    assert "comes with the site" in shipped
    client.post("/prompts/sets/lamps/edit/", {**SAID, "press": "save"})
    lamps.refresh_from_db()
    assert (lamps.slug, lamps.title, lamps.limits) == ("lamps", "Two lamps", SAID["limits"])


def test_writing_asks_who_writes(lamps: PromptSet, writer: User) -> None:
    prompt = written(lamps, writer)
    other = make_researcher("other")
    with pytest.raises(PermissionError):
        written(lamps, other, text="No?")
    with pytest.raises(PermissionError):
        reword(prompt=prompt, actor=other, draft=Draft.of(prompt))
    with pytest.raises(PromptsRefused, match="same text"):
        written(lamps, writer)


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
    from django.core.files.uploadedfile import SimpleUploadedFile

    def upload(body: bytes) -> str:
        file = SimpleUploadedFile("prompts.csv", body)
        return send(client, "pasted", file=file, press="preview").content.decode()

    assert "Is it?" in upload("\ufefftext\nIs it?\n".encode())
    assert "It is not UTF-8." in upload("text\nä\n".encode("latin-1"))
    assert "pasted</textarea>" in upload("text\nä\n".encode("latin-1"))
    assert "Paste prompts, or choose a file." in send(client, " ").content.decode()


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
    from evaluations.prompts.files import read

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


def test_the_page_of_all_shows_the_first_of_a_large_set(client: Client) -> None:
    make_prompt_set("many", prompts=30)
    page = client.get("/prompts/").content.decode()
    assert page.count('href="/prompts/many-') == 5
    assert "All 30 prompts of Many" in page


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
