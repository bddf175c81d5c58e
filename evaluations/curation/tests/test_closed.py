"""What is not public any more leaves collections, their versions and files, and comes back."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.curation.actions import FEATURED_WHEN, CollectionRefused, feature, show
from evaluations.curation.closed import CLOSED
from evaluations.curation.contents import placements_from
from evaluations.curation.models import Collection, CollectionVersion, Placement
from evaluations.curation.placement_actions import excerpt, look_through
from evaluations.curation.suggestions.actions import accept, suggest
from evaluations.curation.targets import TargetRefused, target_from
from evaluations.curation.tests.cast import add, make
from evaluations.curation.version_actions import fork, freeze
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db
MARKER = "zyzzyva"
PAGES = ("", "embed/", "{version}/", "{version}/?all=1", "{version}/embed/")
FILES = (".jsonl", ".zip", "/{version}.jsonl", "/{version}.zip", "/{version}.bib")


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def prompt() -> Prompt:
    return make_prompt(MARKER, title=f"Title {MARKER}", text=f"What is {MARKER}?")


@pytest.fixture
def output(prompt: Prompt) -> Output:
    make_criterion("one")
    made = make_output(prompt=prompt, trace=f"A {MARKER} is here.", answer=f"It is a {MARKER}.")
    give(make_judge(), made, {"one": "yes"})
    return made


@pytest.fixture
def collection(ada: User, output: Output, prompt: Prompt) -> Collection:
    """An output with note, excerpt and lens, a pair, a prompt and a text; anybody reads it."""
    made = make(ada, title="Mixed")
    item = add(made, f"Note {MARKER}.", output=output)
    excerpt(item=item, actor=ada, part="answer", quote=f"It is a {MARKER}.")
    look_through(items=[item], actor=ada, versions=[make_definition("taylor", "one")])
    other = make_output(prompt=prompt, trace=f"No {MARKER}.", answer="None.")
    add(made, f"Pair {MARKER}.", left=output, right=other)
    add(made, f"Prompt {MARKER}.", prompt=prompt)
    add(made, "", text="What stays.")
    return show(collection=made, actor=ada, visibility="public")


@pytest.fixture
def version(ada: User, collection: Collection) -> CollectionVersion:
    return freeze(collection=collection, actor=ada)


def read_by(visibility: str) -> None:
    PromptSet.objects.update(visibility=visibility)
    Run.objects.update(visibility=visibility)


def everything(client: Client, version: CollectionVersion) -> dict[str, str]:
    """Every address of a collection and its version to what it answers."""
    base = "/collections/ada/mixed"
    addresses = [f"{base}/{page}" for page in PAGES] + [f"{base}{file}" for file in FILES]
    found = {}
    for address in (each.format(version=version.name) for each in addresses):
        answered = client.get(address)
        assert answered.status_code == 200, address
        content = answered.content
        if address.endswith(".zip"):
            folder = zipfile.ZipFile(io.BytesIO(content))
            content = b"\n".join(folder.read(name) for name in folder.namelist())
        found[address] = content.decode()
    return found


@pytest.mark.parametrize("visibility", ["unlisted", "private"])
def test_nothing_of_it_is_shown_and_its_place_is_kept(
    client: Client, version: CollectionVersion, output: Output, visibility: str
) -> None:
    open_to_all = everything(client, version)
    assert all(MARKER in text for path, text in open_to_all.items() if not path.endswith(".bib"))
    read_by(visibility)
    closed = everything(client, version)
    assert [path for path, text in closed.items() if MARKER in text] == []
    for path, text in closed.items():
        if not path.endswith(".bib"):
            assert text.count(CLOSED) == 3, path
            assert f"/outputs/{output.pk}/" not in text, path
            assert "Babbler" not in text, path
    read_by("public")
    assert everything(client, version).keys() == open_to_all.keys()
    assert MARKER in everything(client, version)["/collections/ada/mixed/"]


def test_its_owner_reads_own_notes_and_takes_it_out(
    client: Client, ada: User, version: CollectionVersion
) -> None:
    read_by("private")
    client.force_login(ada)
    page = client.get("/collections/ada/mixed/edit/").content.decode()
    assert f"Note {MARKER}." in page
    for hidden in (f"Title {MARKER}", f"What is {MARKER}", f"is a {MARKER}", f"A {MARKER}"):
        assert hidden not in page
    Collection.objects.update(visibility="unlisted")
    key = Placement.objects.get(output__isnull=False).pk
    answered = client.post(f"/collections/ada/mixed/edit/{key}/", {"press": "out"})
    assert answered.status_code == 302
    assert not Placement.objects.filter(pk=key).exists()


def test_no_guess_finds_words_in_a_text_that_nobody_may_read(
    ada: User, collection: Collection
) -> None:
    read_by("private")
    item = collection.placements.get(output__isnull=False)
    for quote in (f"A {MARKER} is here.", "Something else."):
        with pytest.raises(CollectionRefused, match="cannot be read any more"):
            excerpt(item=item, actor=ada, part="trace", quote=quote)


def test_it_is_neither_cited_nor_featured_nor_forked(ada: User, version: CollectionVersion) -> None:
    read_by("private")
    collection = version.collection
    with pytest.raises(CollectionRefused, match="not public any more"):
        freeze(collection=collection, actor=ada)
    mod = make_user("mod", role="moderator")
    with pytest.raises(CollectionRefused, match="not public any more"):
        feature(
            collection=collection, actor=mod, ticked=set(FEATURED_WHEN), sentence="It is clear."
        )
    eve = make_user("eve")
    made = fork(actor=eve, title="Mine", items=placements_from(version.contents, {}, ada.pk))
    assert [item.kind for item in made.placements.all()] == ["text"]


def test_it_is_not_placed_by_who_knows_its_address(prompt: Prompt, output: Output) -> None:
    read_by("unlisted")
    with pytest.raises(TargetRefused, match="no prompt"):
        target_from("prompt", prompt.slug)
    with pytest.raises(TargetRefused, match="no output"):
        target_from("output", str(output.pk))


def test_a_suggestion_names_it_no_more_and_is_not_accepted(
    client: Client, ada: User, output: Output, prompt: Prompt
) -> None:
    made = make(ada)
    add(made)
    show(collection=made, actor=ada, visibility="unlisted")
    targets: dict[str, dict[str, Any]] = {"eve": {"output": output}, "bob": {"prompt": prompt}}
    made_of = [
        suggest(collection=made, author=make_user(name), target=target, note="It fits.")
        for name, target in targets.items()
    ]
    client.force_login(ada)
    path = f"{made.get_absolute_url()}suggest/"
    assert client.get(path).content.decode().count(f"Title {MARKER}") == 2
    read_by("private")
    page = client.get(path).content.decode()
    assert MARKER not in page
    assert page.count(CLOSED) == 2
    for suggestion in made_of:
        with pytest.raises(CollectionRefused, match="not public any more"):
            accept(suggestion=suggestion, actor=ada)
    assert made.placements.count() == 1
