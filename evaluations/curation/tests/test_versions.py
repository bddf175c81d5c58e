"""Versions: frozen, cited, forked, given away as files and embedded, while judgments go on."""

import hashlib
import io
import json
import re
import zipfile

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evaluations.accounts.models import User
from evaluations.curation import views
from evaluations.curation.actions import CollectionRefused, retire, show
from evaluations.curation.models import Collection, CollectionVersion
from evaluations.curation.placement_actions import annotate, look_through
from evaluations.curation.tests.cast import add, make, make_shown
from evaluations.curation.version_actions import changed_since, freeze
from evaluations.judgments.models import Reveal
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.runs.models import LanguageModel, Output

pytestmark = pytest.mark.django_db
NOTE = "It leaps over the second premise."


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def output() -> Output:
    make_criterion("one")
    made = make_output(trace="The lamp is on.\nSo somebody is home.", answer="Yes.")
    give(make_judge(), made, {"one": "yes"})
    return made


@pytest.fixture
def version(ada: User, output: Output) -> CollectionVersion:
    """A frozen collection of one output, which Taylor's definition calls reasoning."""
    collection = make(ada)
    item = add(collection, NOTE, output=output)
    lens = make_definition("taylor", "one", name="Taylor, as quoted")
    look_through(items=[item], actor=ada, versions=[lens])
    show(collection=collection, actor=ada, visibility="unlisted")
    return freeze(collection=collection, actor=ada, words="The first.")


def text_of(client: Client, path: str, status: int = 200) -> str:
    answered = client.get(path)
    assert answered.status_code == status, answered.content[:400]
    return answered.content.decode()


def test_the_hash_is_that_of_the_canonical_contents(version: CollectionVersion) -> None:
    stored = CollectionVersion.objects.get(pk=version.pk)
    text = json.dumps(stored.contents, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == stored.digest
    assert stored.get_absolute_url().endswith(f"/{stored.day}-{stored.digest[:8]}/")
    (item,) = stored.contents["items"]
    assert (item["note"], item["outputs"][0]["trace"]) == (
        NOTE, "The lamp is on.\nSo somebody is home.",
    )  # fmt: skip
    said = item["verdicts"][0]
    assert (said["verdict"], said["judges"]) == ("reasoning", 1)
    assert "ada" not in text


def test_equal_contents_of_a_day_are_one_version_and_none_is_rewritten(
    ada: User, version: CollectionVersion
) -> None:
    collection = version.collection
    assert freeze(collection=collection, actor=ada) == version
    add(collection)
    assert freeze(collection=collection, actor=ada).number == 2
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        CollectionVersion.objects.filter(pk=version.pk).update(words="Other.")


def test_what_nobody_could_read_is_not_frozen_nor_hidden_again(
    ada: User, version: CollectionVersion
) -> None:
    with pytest.raises(CollectionRefused, match="unlisted or public"):
        freeze(collection=make(ada), actor=ada)
    with pytest.raises(CollectionRefused, match="cannot be private"):
        show(collection=version.collection, actor=ada, visibility="private")
    with pytest.raises(PermissionError):
        freeze(collection=version.collection, actor=make_user("eve"))


def test_after_freezing_and_showing_the_address_says_nothing_of_a_refusal(
    client: Client, ada: User, version: CollectionVersion
) -> None:
    client.force_login(ada)
    path = version.collection.get_absolute_url()
    page = text_of(client, f"{path}edit/")
    assert page.count('#refused"') == 2, "where a refusal is read, without a script"
    frozen = client.post(f"{path}freeze/", {"words": ""})
    assert (frozen.status_code, frozen["Location"]) == (
        303, f"{version.get_absolute_url()}#messages",
    )  # fmt: skip
    shown = client.post(f"{path}publish/", {"visibility": "unlisted"})
    assert shown["Location"] == f"{path}edit/#messages"


def test_a_later_judgment_moves_a_verdict_and_not_the_version(
    client: Client, output: Output, version: CollectionVersion
) -> None:
    path = version.get_absolute_url()
    assert "None of its 1 verdict has changed since" in text_of(client, path)
    for _ in range(2):
        give(make_judge(), output, {"one": "no"})
    assert changed_since(version) == (1, 1)
    reader = make_user("eve")
    client.force_login(reader)
    client.post(f"{path}open/")
    assert Reveal.objects.filter(judge__user=reader, output=output).exists()
    page = text_of(client, path)
    assert "1 of 1 verdict has changed since" in page
    assert 'mark-reasoning"' in page
    assert "(1 judge)" in page
    assert version.digest == CollectionVersion.objects.get().digest


def test_a_version_stays_closed_before_judging(client: Client, version: CollectionVersion) -> None:
    for path in (version.get_absolute_url(), f"{version.get_absolute_url()}?all=1"):
        page = text_of(client, path)
        assert "The lamp is on." in page
        assert NOTE not in page
        assert "Taylor" not in page.split('id="cite"')[0]
    assert not Reveal.objects.exists()


def test_what_is_opened_is_what_the_page_shows(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "A_PAGE", 1)
    frozen = freeze(collection=make_shown(ada), actor=ada)
    outputs = [item["outputs"][0]["output"] for item in frozen.contents["items"]]
    eve = make_user("eve")
    client.force_login(eve)
    path, opened = frozen.get_absolute_url(), Reveal.objects.filter(judge__user=eve)
    page = text_of(client, f"{path}?page=2")
    assert "Show all 1<" in page
    assert page.count(f'action="{path}open/?page=2"') == 2
    for query, sent in (("?page=2", {}), ("?page=3", {"item": "3"})):
        answered = client.post(f"{path}open/{query}", sent)
        assert answered["Location"].startswith(f"{path}{query}#")
    assert list(opened.order_by("pk").values_list("output", flat=True)) == outputs[1:]


def test_nothing_waits_to_be_opened_on_an_output_that_was_withdrawn(
    client: Client, output: Output, version: CollectionVersion
) -> None:
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    client.force_login(make_user("eve"))
    for path in (version.get_absolute_url(), version.collection.get_absolute_url()):
        page = text_of(client, path)
        assert NOTE in page
        assert 'id="open-' not in page
        assert "The lamp is on." not in page


def test_it_is_cited_by_owner_title_day_hash_and_licence(
    client: Client, version: CollectionVersion
) -> None:
    page = text_of(client, version.get_absolute_url())
    for words in ("ada (", "Three lamps. Version 1", version.digest, "CC BY 4.0"):
        assert words in page
    entry = text_of(client, f"{version.get_absolute_url()[:-1]}.bib")
    assert entry.startswith(f"@misc{{bywhatdefinition-three-lamps-{version.name},")
    assert "author = {{ada}}" in entry


def test_who_cites_finds_it_after_its_owner_left(client: Client, ada: User) -> None:
    version = freeze(collection=make_shown(ada), actor=ada)
    cited = version.get_absolute_url()
    ada.delete()
    assert "a former member (" in text_of(client, cited)


def test_its_owner_retiring_it_leaves_the_version_a_moderator_does_not(
    client: Client, ada: User, version: CollectionVersion
) -> None:
    retire(collection=version.collection, actor=ada, sentence="Superseded.")
    assert "Superseded." in text_of(client, version.get_absolute_url())
    other = freeze(collection=make_shown(ada), actor=ada)
    mod = make_user("mod", role="moderator")
    retire(collection=other.collection, actor=mod, sentence="Insults somebody.")
    for ending in ("/", ".bib", ".jsonl", ".zip", "/embed/"):
        path = f"{other.get_absolute_url()[:-1]}{ending}"
        assert "Insults somebody." in text_of(client, path, 410)


def test_a_fork_begins_with_the_version_and_says_so(
    client: Client, ada: User, version: CollectionVersion
) -> None:
    annotate(item=version.collection.placements.get(), actor=ada, note="Changed since.")
    eve = make_user("eve")
    client.force_login(eve)
    sent = client.post(f"{version.get_absolute_url()}fork/")
    made = Collection.objects.get(owner=eve)
    assert sent["Location"] == f"{made.get_absolute_url()}edit/"
    item = made.placements.get()
    assert (item.note, item.added_by, item.output_id) == (
        NOTE, ada, version.contents["items"][0]["outputs"][0]["output"],
    )  # fmt: skip
    assert [lens.definition.slug for lens in item.lens.all()] == ["taylor"]
    page = text_of(client, made.get_absolute_url())
    assert f'forked from <a href="{version.get_absolute_url()}">Three lamps</a> by ada' in page


def test_a_fork_leaves_what_was_withdrawn_behind(
    client: Client, output: Output, version: CollectionVersion
) -> None:
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    client.force_login(make_user("eve"))
    client.post(f"{version.get_absolute_url()}fork/")
    assert not Collection.objects.get(owner__username="eve").placements.exists()


# Files -----------------------------------------------------------------------------------------


def test_the_lines_hold_everything_with_verdicts_and_counts(
    client: Client, version: CollectionVersion
) -> None:
    for path in (version.get_absolute_url(), version.collection.get_absolute_url()):
        answered = client.get(f"{path[:-1]}.jsonl")
        (line,) = [json.loads(line) for line in answered.content.decode().splitlines()]
        assert line["position"] == 1
        assert line["note"] == NOTE
        assert line["outputs"][0]["model_licence"] == ""
        assert line["prompt"]["licence"] == "CC BY 4.0"
        assert line["url"].startswith("http://testserver/outputs/")
        assert (line["verdicts"][0]["verdict"], line["verdicts"][0]["judges"]) == ("reasoning", 1)


def unzipped(client: Client, path: str) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(client.get(f"{path[:-1]}.zip").content)) as folder:
        return {name: folder.read(name).decode() for name in folder.namelist()}


def test_the_archive_has_a_card_licences_and_metadata(
    client: Client, version: CollectionVersion
) -> None:
    held = unzipped(client, version.get_absolute_url())
    assert set(held) == {"collection.jsonl", "README.md", "LICENSES.md", "croissant.json"}
    assert held["README.md"].startswith('---\npretty_name: "Three lamps"\nlicense: cc-by-4.0\n')
    assert version.digest in held["README.md"]
    assert "- `output`: an output\n" in held["README.md"]
    assert "- `text`: a text written for the collection\n" in held["README.md"]
    assert "Outputs of Babbler 135M: not stated" in held["LICENSES.md"]
    assert json.loads(held["croissant.json"])["name"] == "Three lamps"


def test_what_a_licence_forbids_stays_out_and_is_listed(
    client: Client, output: Output, version: CollectionVersion
) -> None:
    LanguageModel.objects.update(licence="Proprietary, no sharing")
    held = unzipped(client, version.collection.get_absolute_url())
    assert held["collection.jsonl"] == ""
    assert f"/outputs/{output.pk}/" in held["LICENSES.md"]
    assert "The lamp is on." not in "".join(held.values())


def test_a_file_gives_no_text_that_was_withdrawn(
    client: Client, output: Output, version: CollectionVersion
) -> None:
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    for path in (version.get_absolute_url(), version.collection.get_absolute_url()):
        text = text_of(client, f"{path[:-1]}.jsonl")
        assert json.loads(text)["withdrawn"] is True
        assert "The lamp is on." not in text


# Embedding -------------------------------------------------------------------------------------


def test_the_embedded_page_is_framed_anywhere_without_scripts_and_cookies(
    client: Client, ada: User, version: CollectionVersion
) -> None:
    for path in (version.get_absolute_url(), version.collection.get_absolute_url()):
        answered = client.get(f"{path}embed/")
        policy = answered["Content-Security-Policy"]
        assert "frame-ancestors *" in policy
        assert "script-src 'none'" in policy
        assert "default-src 'none'" in policy
        assert "X-Frame-Options" not in answered
        assert not answered.cookies
        page = answered.content.decode()
        assert "<script" not in page
        assert NOTE not in page
        assert "Taylor" not in page
    others = client.get(version.get_absolute_url())
    assert "frame-ancestors 'none'" in others["Content-Security-Policy"]
    assert others["X-Frame-Options"] == "DENY"
    live = version.collection.get_absolute_url()
    assert f'href="{live}#embed"' in others.content.decode()
    assert 'id="embed"' in text_of(client, live)
    Collection.objects.update(
        retired_at=timezone.now(), retired_because="It was wrong.", withheld=True
    )
    for path in (version.get_absolute_url(), version.collection.get_absolute_url()):
        answered = client.get(f"{path}embed/")
        assert answered.status_code == 410
        assert "<script" not in answered.content.decode()
        assert "<form" not in answered.content.decode()
        assert not answered.cookies


def test_the_embedded_page_shows_how_outputs_begin_and_nothing_of_what_is_said_of_them(
    client: Client, ada: User, version: CollectionVersion, output: Output
) -> None:
    collection = version.collection
    other = make_output(prompt=output.prompt, trace="It is off.\n" + "So it goes. " * 40)
    add(collection, NOTE, left=output, right=other)
    add(collection, NOTE, output=other)
    add(collection, "", text="One can tell the two apart. " * 3)
    live = text_of(client, f"{collection.get_absolute_url()}embed/")
    frozen = text_of(client, f"{version.get_absolute_url()}embed/")
    for page in (live, frozen):
        assert "The lamp is on.\nSo somebody is home." in page
        assert NOTE not in page
        assert "Taylor" not in page
        assert 'class="mark' not in page
        assert f'href="http://testserver{collection.get_absolute_url()}' in page
    assert '<div class="halves"><p class="serif" dir="auto">The lamp is on.</p>' in live
    assert re.search(r"So it goes\. (?:So |So it )?…</p>", live), "cut where a word ends"
    assert "One can tell the two apart. " * 3 in live, "a text is shown whole"
    assert len(live) < 10_000


def test_where_an_account_is_needed_no_frame_is_offered(
    client: Client, ada: User, version: CollectionVersion, settings: Settings
) -> None:
    live = version.collection.get_absolute_url()
    client.force_login(ada)
    offered = {live: "&lt;iframe", version.get_absolute_url(): "#embed",
               "/leaderboards/taylor/": "&lt;iframe"}  # fmt: skip
    assert all(words in text_of(client, path) for path, words in offered.items())
    settings.ACCESS = "members"
    assert Client().get(f"{live}embed/").status_code == 302, "a frame would show the sign-in"
    for path, words in offered.items():
        page = text_of(client, path)
        assert words not in page, path
        assert "oembed" not in page, path


def test_oembed_answers_for_own_addresses_alone(
    client: Client, ada: User, version: CollectionVersion
) -> None:
    site = "http://testserver"
    path = version.get_absolute_url()
    page = text_of(client, path)
    assert f"/oembed?url=http%3A%2F%2Ftestserver{path.replace('/', '%2F')}" in page
    found = client.get("/oembed", {"url": f"{site}{path}", "maxwidth": "300"}).json()
    assert (found["type"], found["width"], found["title"]) == ("rich", 300, "Three lamps")
    assert f'<iframe src="{site}{path}embed/" width="300"' in found["html"]
    assert 'sandbox="allow-popups' in found["html"]
    private = make(ada, title="Private").get_absolute_url()
    for wrong in (f"{site}{private}", "https://example.org/collections/ada/three-lamps/",
                  f"{site}/definitions/taylor/", "", f"{site}/nowhere/", "http://[",
                  f"{site}/collections/\0/three-lamps/"):  # fmt: skip
        assert client.get("/oembed", {"url": wrong}).status_code == 404
    assert client.get("/oembed", {"url": f"{site}{path}", "format": "xml"}).status_code == 501
    assert client.get("/collections/%00/three-lamps/").status_code == 404
