"""Prompt sets and prompts that researchers write, and what becomes of a wording with answers."""

from dataclasses import replace

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.prompts.actions import (
    PromptsRefused,
    archive_prompt,
    describe_set,
    make_set,
    reword,
)
from evaluations.prompts.drafts import Draft, Held, drafted, faults
from evaluations.prompts.files import read
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import RunRefused, launch_run
from evaluations.runs.tests.prompt_cast import answered, written
from tests.cast import make_model, make_prompt_set, make_recipe, make_researcher, make_user

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
        ({"title": "\u200b\u200b"}, "holds nothing that anybody sees (U+200B)"),
        ({"title": "Two \u2066lamps"}, "a character that nobody sees (U+2066): take it out"),
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


@pytest.mark.parametrize("title", ["\u3164", "Two \u202elamps"], ids=ascii)
def test_titles_that_hide_something_are_refused_and_earlier_ones_stay(
    client: Client, writer: User, lamps: PromptSet, title: str
) -> None:
    with pytest.raises(PromptsRefused):
        make_set(actor=writer, title=title, visibility="private")
    with pytest.raises(PromptsRefused):
        describe_set(prompt_set=lamps, actor=writer, title=title)
    prompt = written(lamps, writer)
    address = f"/prompts/{prompt.slug}/edit/"
    sent = {"text": prompt.text, "title": title, "press": "save"}
    assert client.post(address, sent).status_code == 422
    Prompt.objects.filter(pk=prompt.pk).update(title=title)
    prompt.refresh_from_db()
    for archived in (True, False):
        archive_prompt(prompt=prompt, actor=writer, archived=archived)
    reword(prompt=prompt, actor=writer, draft=replace(Draft.of(prompt), note="Seen."))
    with pytest.raises(PromptsRefused):
        reword(prompt=prompt, actor=writer, draft=replace(Draft.of(prompt), title="\u202d"))
    PromptSet.objects.filter(pk=lamps.pk).update(title=title)
    lamps.refresh_from_db()
    describe_set(prompt_set=lamps, actor=writer, title=title, source="Own.")


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


def test_what_a_grader_is_told_is_tried_too(client: Client, lamps: PromptSet) -> None:
    told = '{"within": 0.5'
    sent = {"text": "Pi?", "reference": "3.14", "grader": "numeric", "parameters": told}
    page = client.post("/prompts/sets/lamps/add/", sent)
    assert page.status_code == 422
    assert "It is not JSON." in page.content.decode()
    assert "{&quot;within&quot;: 0.5</textarea>" in page.content.decode()
    page = client.post("/prompts/sets/lamps/add/", {**sent, "parameters": '{"near": 0.5}'})
    assert "these parameters: no parameter is called &#x27;near&#x27;" in page.content.decode()
    client.post("/prompts/sets/lamps/add/", {**sent, "parameters": told + "}"})
    made = Prompt.objects.get()
    assert made.parameters == {"within": 0.5}
    page = client.get(f"/prompts/{made.slug}/edit/")
    assert "&quot;within&quot;: 0.5" in page.content.decode()
    kept = {**sent, "parameters": told + "}", "title": "Pi?", "press": "save"}
    client.post(f"/prompts/{made.slug}/edit/", kept)
    assert Prompt.objects.get().pk == made.pk, "nothing was changed"


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
    edited = client.get("/prompts/own-lamp/edit/").content.decode()
    assert 'href="/prompts/own-lamp-2/edit/"' in edited
    assert "Bring it back" not in edited


def test_a_wording_whose_place_another_took_is_not_brought_back(
    client: Client, lamps: PromptSet, writer: User
) -> None:
    first = written(lamps, writer, title="Lamp")
    answered(first)
    second = reword(prompt=first, actor=writer, draft=drafted(text="Is it off?", title="Off"))
    for back in (False, True):
        response = client.post("/prompts/own-lamp/edit/", {"press": "restore"})
        assert response.status_code == 422
        assert "A later wording took its place: change “Off” instead." in response.content.decode()
        archive_prompt(prompt=second, actor=writer, archived=not back)
    # What staff brought back in the admin is not reworded a second time either.
    Prompt.objects.filter(pk=first.pk).update(is_archived=False)
    first.refresh_from_db()
    with pytest.raises(PromptsRefused, match="A later wording took its place"):
        reword(prompt=first, actor=writer, draft=drafted(text="Is it lit?"))
    # The earlier words can be said again in the place of the later ones.
    Prompt.objects.filter(pk=first.pk).update(is_archived=True)
    again = reword(prompt=second, actor=writer, draft=Draft.of(first))
    assert (again.text, again.replaces) == (first.text, first)


def test_an_original_stays_while_runs_ask_its_variants(
    client: Client, lamps: PromptSet, writer: User
) -> None:
    original = written(lamps, writer, title="Lamp", family="f", relation="original")
    variant = written(lamps, writer, text="Or off?", family="f", relation="surface")
    sentence = "It is the original of the family “f”, and runs still ask 1 other prompt of it"
    response = client.post("/prompts/own-lamp/edit/", {"press": "archive"})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    for fields in ({}, {"family": "g", "relation": "original"}):
        with pytest.raises(PromptsRefused, match=sentence):
            reword(prompt=original, actor=writer, draft=drafted(text="Is it?", **fields))
    # Another wording in its place is still the original, and the files are read again.
    draft = drafted(text="Is it?", family="f", relation="original")
    original = reword(prompt=original, actor=writer, draft=draft)
    found = read(client.get("/prompts/sets/lamps.jsonl").content.decode())
    assert (found.refused, faults(found.drafts, Held())) == ([], [])
    archive_prompt(prompt=variant, actor=writer, archived=True)
    archive_prompt(prompt=original, actor=writer, archived=True)
    with pytest.raises(PromptsRefused, match="has no original"):
        archive_prompt(prompt=variant, actor=writer, archived=False)


def test_a_generated_prompt_that_is_reworded_says_from_what(
    client: Client, lamps: PromptSet, writer: User
) -> None:
    made = {"generator": "lamps", "seed": 7, "index": 3}
    prompt = written(lamps, writer, title="Lamp", reference="yes", origin=made)
    graded = drafted(text=prompt.text, title="Lamp", reference="yes", grader="exact")
    again = reword(prompt=prompt, actor=writer, draft=graded)
    assert again.origin == made, "the generator's text and answer still"
    for n in range(2):
        again = reword(prompt=again, actor=writer, draft=drafted(text=f"Is it off? {n}"))
    assert again.origin == {"changed_from": made}
    page = client.get(again.get_absolute_url()).content.decode()
    assert "changed by hand from<br>generator: lamps<br>index: 3<br>seed: 7" in page


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


def test_the_page_of_all_shows_the_first_of_a_large_set(client: Client) -> None:
    make_prompt_set("many", prompts=30)
    page = client.get("/prompts/").content.decode()
    assert page.count('href="/prompts/many-') == 5
    assert "All 30 prompts of Many" in page
