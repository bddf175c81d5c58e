"""Notices by mail: seldom, once, and ended at one press."""

import datetime as dt
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as configured
from django.core import mail
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.models import Event
from evaluations.activity.notices import digests
from evaluations.activity.notices.digests import send_digests, token_of
from evaluations.activity.notices.follow_actions import mark_read
from evaluations.activity.tasks import send_digests as task
from evaluations.activity.tests.cast import amended
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.tests.cast import make_criteria, make_published
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    """A mail server that takes everything."""
    settings.EMAIL_HOST = "mail.example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def ada() -> User:
    """Somebody who wants a mail a day, and has a definition."""
    make_criteria()
    person = make_user("ada", digest="daily", mail_origin="https://words.example/")
    EmailAddress.objects.create(user=person, email="ada@example.org", verified=True, primary=True)
    return person


@pytest.fixture
def version(ada: User) -> DefinitionVersion:
    return make_published(ada)


def sent() -> int:
    return len(mail.outbox)


def test_one_mail_holds_all_that_is_unread_with_links(version: DefinitionVersion) -> None:
    for name in ("bob", "eve"):
        amended(version, make_user(name))
    assert send_digests() == 1
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert message.subject == "1 new notice · By What Definition?"
    assert "2 amendments to “Taylor” were proposed" in message.body
    assert "https://words.example/definitions/taylor/proposals/2/" in message.body
    assert "Too <narrow>" not in message.body, "of several none is quoted"
    assert "&" not in message.body.replace("Too <narrow> & dull.", "")


def test_without_anything_unread_nothing_is_sent(ada: User, version: DefinitionVersion) -> None:
    assert send_digests() == 0
    amended(version, make_user("bob"))
    mark_read(person=ada, upto=Event.objects.latest("pk").pk)
    assert send_digests() == 0
    assert sent() == 0


def test_each_event_is_mailed_once_and_no_mail_comes_before_its_time(
    version: DefinitionVersion,
) -> None:
    now = timezone.now()
    amended(version, make_user("bob"))
    assert send_digests(now) == 1
    assert send_digests(now + DAY * 2) == 0
    amended(version, make_user("eve"))
    assert send_digests(now + DAY / 2) == 0
    assert send_digests(now + DAY) == 1
    assert "Amendment 2 to" in mail.outbox[1].body
    assert "Amendment 1 to" not in mail.outbox[1].body
    assert sent() == 2


def test_a_week_is_a_week_and_never_is_never(ada: User, version: DefinitionVersion) -> None:
    now = timezone.now()
    User.objects.update(digest="weekly")
    amended(version, make_user("bob"))
    assert send_digests(now) == 1
    amended(version, make_user("eve"))
    assert send_digests(now + DAY * 6) == 0
    User.objects.update(digest="off")
    assert send_digests(now + DAY * 30) == 0


def test_only_a_confirmed_address_is_written_to(ada: User, version: DefinitionVersion) -> None:
    amended(version, make_user("bob"))
    EmailAddress.objects.update(verified=False)
    assert send_digests() == 0
    ada.refresh_from_db()
    assert ada.mailed_event == 0, "it is sent once the address is confirmed"


def test_one_press_in_the_mail_program_ends_them(
    ada: User, version: DefinitionVersion, settings: Any
) -> None:
    amended(version, make_user("bob"))
    send_digests()
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = headers["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://words.example/unsubscribe/")
    path = link.removeprefix("https://words.example")
    program = Client(enforce_csrf_checks=True)
    page = program.get(path)
    ada.refresh_from_db()
    assert (page.status_code, ada.digest) == (200, "daily"), "opening it ends nothing"
    assert "<button" in page.content.decode()
    settings.ACCESS = "invited"
    posted = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    ada.refresh_from_db()
    assert (posted.status_code, ada.digest) == (200, "off")


def test_a_token_is_of_one_account_and_cannot_be_made_up(client: Client, ada: User) -> None:
    other = make_user("bob", digest="daily")
    assert client.post(f"/unsubscribe/{token_of(ada)}x/").status_code == 404
    assert client.post(f"/unsubscribe/{token_of(ada)}/").status_code == 200
    other.refresh_from_db()
    assert other.digest == "daily"


def test_without_a_server_the_log_says_so_and_nothing_is_lost(
    ada: User, version: DefinitionVersion, settings: Any, caplog: Any
) -> None:
    amended(version, make_user("bob"))
    settings.EMAIL_HOST = ""
    assert send_digests() == 0
    settings.EMAIL_HOST = "mail.example.org"
    assert send_digests() == 1


def test_after_three_refusals_no_more_are_sent(
    ada: User, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: Any) -> int:
        raise SMTPRecipientsRefused({"ada@example.org": (550, b"unknown")})

    monkeypatch.setattr(digests.EmailMessage, "send", refuse)
    amended(version, make_user("bob"))
    now = timezone.now()
    for day in range(3):
        ada.refresh_from_db()
        assert ada.digest == "daily", day
        assert send_digests(now + DAY * day) == 0
        assert send_digests(now + DAY * day) == 0, "once a day, not at every try"
    ada.refresh_from_db()
    assert (ada.digest, ada.refused_mails, ada.mailed_event) == ("off", 3, 0)


def test_a_server_that_is_down_is_tried_again(
    ada: User, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(message: Any) -> int:
        raise SMTPServerDisconnected("gone")

    amended(version, make_user("bob"))
    with monkeypatch.context() as broken:
        broken.setattr(digests.EmailMessage, "send", fail)
        assert send_digests() == 0
    ada.refresh_from_db()
    assert ada.refused_mails == 0
    assert send_digests() == 1


def test_beat_asks_for_it_every_hour(version: DefinitionVersion) -> None:
    entry = configured.CELERY_BEAT_SCHEDULE["send_digests"]
    assert (entry["task"], entry["schedule"]) == (task.name, 3600.0)
    amended(version, make_user("bob"))
    task()
    assert sent() == 1


def test_the_preference_is_off_at_first_and_says_when_nothing_can_be_sent(
    client: Client, settings: Any
) -> None:
    person = make_user("bob")
    client.force_login(person)
    assert person.digest == "off"
    assert "before you have confirmed" in client.get("/accounts/preferences/").content.decode()
    client.post("/accounts/preferences/", {"digest": "weekly", "about": "I count."})
    person.refresh_from_db()
    assert (person.digest, person.mail_origin) == ("weekly", "http://testserver/")
    client.post("/accounts/preferences/", {})
    person.refresh_from_db()
    assert (person.digest, person.about) == ("weekly", "")
    settings.EMAIL_HOST = ""
    assert "has no mail server" in client.get("/accounts/preferences/").content.decode()
