"""The public log: a feed that names nobody and nothing, and figures of each month."""

import csv
import datetime as dt
import io
from xml.etree import ElementTree as Tree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.activity.models import Decision, Event, Flag
from evaluations.curation.actions import retire
from evaluations.curation.tests.cast import make_shown
from evaluations.judgments.tests.cast import make_output, make_user
from evaluations.runs.models import Run
from evaluations.runs.moderation import withdraw_output, withdraw_run

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


def test_the_feed_tells_of_decisions_and_names_neither_thing_nor_person(
    client: Client, mod: User
) -> None:
    ada = make_user("ada")
    made = make_shown(ada, visibility="unlisted", title="Hidden lamps")
    retire(collection=made, actor=mod, sentence="It insults <people>.", code="abuse")
    sent = client.get("/moderation/feed/")
    assert sent.status_code == 200
    text = sent.content.decode()
    for name in ("lamps", "ada", ">mod<"):
        assert name not in text
    (entry,) = Tree.fromstring(sent.content).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Decided by moderators: retire, collection (abuse)"
    assert entry.findtext(f"{ATOM}summary") == "It insults &lt;people&gt;."
    link = entry.find(f"{ATOM}link")
    assert link is not None
    led = client.get(link.get("href", ""))
    assert led["Location"] == Decision.objects.get().get_absolute_url()
    assert "lamps" not in client.get(led["Location"]).content.decode()
    told = Event.objects.get(kind="decided-in-public")
    assert told.actor is None, "it is in no feed of the moderator"
    assert not Event.objects.listed().filter(pk=told.pk).exists()
    assert (
        client.get("/moderation/feed/", headers={"If-None-Match": sent["ETag"]}).status_code == 304
    )


def test_a_month_has_its_flags_by_reason_what_stayed_and_how_soon(
    client: Client, mod: User
) -> None:
    assert b"Nothing was flagged yet" in client.get("/moderation/months/").content
    items = list(make_shown(make_user("ada")).placements.order_by("pk"))
    for item, reason in zip(items, ("abuse", "off-topic", "abuse"), strict=True):
        flag(person=make_user(f"on-{item.pk}"), target=item, reason=reason)
    for item, verb in ((items[0], "keep"), (items[1], "ask to reword")):
        decide_flags(target=item, actor=mod, verb=verb, reason="other", sentence="x")
    for item, hours in ((items[0], 2), (items[1], 5)):
        made = Flag.objects.get(placement=item).made_at
        Flag.objects.filter(placement=item).update(decided_at=made + dt.timedelta(hours=hours))
    (row,) = csv.DictReader(io.StringIO(client.get("/moderation/months.csv").content.decode()))
    assert row["month"] == f"{timezone.now():%Y-%m}"
    shown = ("flags", "abuse", "off-topic", "personal-data", "decided", "share_kept")
    assert [row[name] for name in shown] == ["3", "2", "1", "0", "2", "0.5"]
    assert row["median_hours"] == "3.5"
    page = client.get("/moderation/months/").content.decode()
    assert "50 %" in page
    assert ">3.5<" in page
    (data,) = client.get("/moderation/months.json").json()["months"]
    assert data["median_hours"] == 3.5


@pytest.mark.parametrize("kind", ["run", "output"])
def test_what_became_private_is_not_named_any_more(client: Client, kind: str) -> None:
    boss, output = make_user("boss", is_staff=True), make_output()
    if kind == "run":
        withdraw_run(run=output.run, actor=boss, reason="spam", sentence="It is noise.")
    else:
        withdraw_output(output=output, actor=boss, reason="spam", sentence="It is noise.")
    row = Decision.objects.get()
    label, address = row.label, row.address
    assert address == (output.run if kind == "run" else output).get_absolute_url()
    pages = ("/moderation/", "/moderation.csv", f"/moderation/decisions/{row.pk}/")

    def named() -> list[bool]:
        return [label in client.get(path).content.decode() for path in pages]

    assert named() == [True, True, True]
    for narrow in ("private", "unlisted"):
        Run.objects.filter(pk=output.run_id).update(visibility=narrow)
        assert named() == [False, False, False], narrow
        assert address not in client.get("/moderation/").content.decode()
    Run.objects.filter(pk=output.run_id).update(visibility="public")
    assert named() == [True, True, True]


def test_the_log_reads_no_more_for_more_decisions(client: Client) -> None:
    boss = make_user("boss", is_staff=True)

    def withdraw() -> int:
        for _ in range(3):
            withdraw_output(output=make_output(), actor=boss, sentence="It is noise.")
        with CaptureQueriesContext(connection) as captured:
            client.get("/moderation/")
        return len(captured)

    assert withdraw() == withdraw()
