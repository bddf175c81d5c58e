"""What readers folded is folded wherever it is read: frozen, embedded, in files."""

import io
import json
import zipfile

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.flags.waiting import Target, column_of
from evaluations.activity.models import Decision, Flag
from evaluations.activity.notices.follow_actions import follow
from evaluations.common.folding import FOLDED
from evaluations.curation.actions import FEATURED_WHEN, CollectionRefused, feature, show
from evaluations.curation.models import Collection, CollectionVersion
from evaluations.curation.placement_actions import take_out
from evaluations.curation.tests.cast import WHY, add, make_shown
from evaluations.curation.version_actions import fork, freeze
from evaluations.debates.freezing_actions import freeze as freeze_debate
from evaluations.debates.models import Statement
from evaluations.debates.tests.cast import SAYS, make_statement, make_version
from evaluations.debates.vote_actions import react
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
INSULT = "Whoever made this is a walrus."


def fold(target: Target) -> None:
    """As three established people do it."""
    for _ in range(3):
        person = make_user(f"reader-{User.objects.count()}")
        Flag.objects.create(flagger=person, reason="abuse", folds=True, **column_of(target))


@pytest.fixture
def said() -> Statement:
    return make_statement(make_version(), make_user("zelda"))


@pytest.fixture
def version(said: Statement) -> CollectionVersion:
    """A frozen collection: a text that insults, and a statement."""
    ada = make_user("ada")
    made = make_shown(ada, title="Walruses all")
    add(made, note="Worse.", text=INSULT)
    add(made, note="It is what speaks against it.", statement=said)
    return freeze(collection=made, actor=ada)


def files_of(client: Client, path: str) -> list[str]:
    lines = client.get(f"{path[:-1]}.jsonl").content.decode()
    return [lines, *zipped(client, f"{path[:-1]}.zip")]


def zipped(client: Client, address: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(client.get(address).content)) as folder:
        return [folder.read(name).decode() for name in folder.namelist()]


def taken_home(client: Client, version: CollectionVersion) -> list[str]:
    """The study that a collection is: its page, and what its zip says of the collection."""
    path = f"{version.collection.get_absolute_url()}files"
    page = client.get(f"{path}/").content.decode()
    return [page, *zipped(client, f"{path}.zip")]


def test_items_are_folded_in_versions_embeds_and_files(
    client: Client, version: CollectionVersion, said: Statement
) -> None:
    fold(version.collection.placements.get(text=INSULT))
    fold(said)
    for path in (version.get_absolute_url(), version.collection.get_absolute_url()):
        page = client.get(path).content.decode()
        assert page.count(FOLDED) == 2, path
        assert page.index(FOLDED) < page.index(INSULT), path
        embedded = client.get(f"{path}embed/").content.decode()
        assert embedded.count(FOLDED) == 2
        lines, *others = [*files_of(client, path), *taken_home(client, version)]
        kinds = [json.loads(line)["kind"] for line in lines.splitlines()]
        assert kinds == ["output"] * 3 + ["folded"] * 2
        for text in (embedded, lines, *others):
            assert INSULT not in text
            assert SAYS not in text


def test_a_folded_collection_is_named_nowhere_outside(
    client: Client, version: CollectionVersion
) -> None:
    fold(version.collection)
    for path in (version.get_absolute_url(), version.collection.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "Walruses all" not in page.replace('<p class="lead">Walruses all</p>', ""), path
        assert page.index("Read it all the same") < page.index("look alike and are not"), path
        told = client.get("/oembed", {"url": f"http://testserver{path}"}).json()
        assert told["title"] == FOLDED
        texts = [
            *files_of(client, path),
            *taken_home(client, version),
            client.get(f"{path}embed/").content.decode(),
        ]
        for text in texts:
            assert "Walruses all" not in text
            assert WHY not in text
    assert "Walruses" not in client.get(f"{version.get_absolute_url()[:-1]}.bib").content.decode()


def test_what_is_folded_is_not_taken_out_before_a_moderator_decided(
    version: CollectionVersion,
) -> None:
    item = version.collection.placements.get(text=INSULT)
    fold(item)
    with pytest.raises(CollectionRefused, match="a moderator decides"):
        take_out(item=item, actor=User.objects.get(username="ada"))
    assert version.collection.placements.filter(pk=item.pk).exists()


def test_a_folded_statement_is_folded_in_the_lines_and_the_frozen_debate(
    client: Client, said: Statement
) -> None:
    ada = make_user("ada")
    snapshot = freeze_debate(version=said.version, actor=ada)
    paths = ("/debates/taylor.jsonl", snapshot.get_absolute_url(),
             f"{snapshot.get_absolute_url()[:-1]}.json")  # fmt: skip
    for path in paths:
        assert SAYS in client.get(path).content.decode(), path
    fold(said)
    for path in paths:
        text = client.get(path).content.decode()
        assert SAYS not in text, path
        assert FOLDED in text, path


def test_a_folded_collection_is_told_of_nowhere_and_its_frozen_insults_are_not_copied(
    client: Client, version: CollectionVersion
) -> None:
    made, eve = version.collection, make_user("eve")
    mod = make_user("mod", is_staff=True)
    feature(collection=made, actor=mod, ticked=set(FEATURED_WHEN), sentence="It is short.")
    follow(person=eve, subject=made)
    copied = fork(actor=eve, title="Lamps", items=[], version=version)
    show(collection=copied, actor=eve, visibility="unlisted")
    add(made, note="One more.", text="And so on.")
    freeze(collection=made, actor=User.objects.get(username="ada"), words="Whales too.")
    log = f"/moderation/decisions/{Decision.objects.get(verb='feature').pk}/"
    paths = ("/", "/feed/", f"{made.get_absolute_url()}feed/", "/people/ada/feed/",
             "/moderation/", "/moderation.csv", log, copied.get_absolute_url(),
             f"{made.get_absolute_url()}round/", "/notices/")  # fmt: skip
    client.force_login(eve)
    for path in paths:
        assert "Walruses all" in client.get(path).content.decode(), path
    fold(made)
    for path in (*paths, made.get_absolute_url(), version.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "Walruses all" not in page.replace('<p class="lead">Walruses all</p>', ""), path
        assert "Whales too" not in page, path
    sent = client.post(f"{version.get_absolute_url()}fork/")
    assert (sent.status_code, Collection.objects.filter(owner=eve).count()) == (409, 1)
    Flag.objects.filter(collection=made).update(decided_at=timezone.now(), upheld=False)
    fold(made.placements.get(text=INSULT))
    client.post(f"{version.get_absolute_url()}fork/")
    (second,) = Collection.objects.filter(owner=eve).exclude(pk=copied.pk)
    assert second.placements.count() == 4
    assert not second.placements.filter(text=INSULT).exists()


def test_what_is_quoted_of_a_folded_statement_is_folded_with_it(
    client: Client, said: Statement
) -> None:
    bob, words = make_user("bob"), "no conclusion"
    make_statement(said.version, bob, "Drawn from what, then?", quotes=said, quote=words)
    react(statement=said, person=bob, kind="define", quote=words)
    fold(said)
    for path in (said.get_absolute_url(), "/debates/taylor/"):
        page = client.get(path).content.decode().replace(SAYS, "")
        assert "Drawn from what, then?" in page
        assert words not in page, path
