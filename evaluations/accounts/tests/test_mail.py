"""What sign-up and a forgotten password say about mail, and about the lack of it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from smtplib import SMTPException

import pytest
from celery import current_app
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from structlog.testing import capture_logs

from evaluations.accounts.models import User
from reasoning_site.celery import app

pytestmark = pytest.mark.django_db

RESET = "/accounts/password/reset/"
SIGN_UP = "/accounts/signup/"
FIRST, SECOND = "correct horse battery", "staple horse battery"


@pytest.fixture
def mail_server(settings: Settings) -> None:
    cache.clear()
    settings.EMAIL_HOST = "mail.example.org"
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


def sign_up(name: str, password: str, email: str) -> tuple[Client, str]:
    cache.clear()  # only one link in three minutes is sent to an address
    client = Client()
    said = {"username": name, "email": email, "password1": password}
    page = client.post(SIGN_UP, said, follow=True).content.decode()
    return client, page


@contextmanager
def as_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, list[str]]]]:
    """Messages to the worker, which are worked off at the end."""
    asked: list[tuple[str, list[str]]] = []
    with monkeypatch.context() as patch:
        patch.setattr(current_app, "send_task", lambda name, args, **_: asked.append((name, args)))
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield asked
    app.loader.import_default_modules()
    for name, args in asked:
        app.tasks[name](*args)


def signed_in_as(login: str, password: str) -> str:
    client = Client()
    client.post("/accounts/login/", {"login": login, "password": password})
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else ""


def test_signing_up_says_that_an_address_is_not_needed() -> None:
    page = Client().get(SIGN_UP).content.decode()
    assert 'E-mail address <span class="help">(optional)</span></label>' in page
    assert page.count("(optional)") == 1


def test_without_a_mail_server_no_link_is_promised(client: Client, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    page = client.get("/accounts/password/reset/").content.decode()
    assert "This site has no mail server, so no link can be sent." in page
    assert 'id="send-link"' not in page
    assert "This site has no mail server: only its operator" in (
        client.get("/accounts/signup/").content.decode()
    )


def test_with_a_mail_server_sign_up_says_what_the_address_is_for(
    client: Client, settings: Settings
) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    assert 'id="send-link"' in client.get("/accounts/password/reset/").content.decode()
    page = client.get("/accounts/signup/").content.decode()
    assert "Without an e-mail address you cannot set a new password" in page


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/signup/"])
def test_e_mail_has_one_spelling(client: Client, settings: Settings, path: str) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    page = client.get(path).content.decode()
    assert ">E-mail address" in page
    assert ">Email" not in page


def test_a_forged_request_for_a_link_promises_none(client: Client, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    reply = client.post(RESET, {"email": "ada@example.org"})
    assert reply.status_code == 409
    assert "so no link can be sent" in reply.content.decode()


@pytest.mark.usefixtures("mail_server")
def test_who_has_an_account_is_told_to_nobody(
    mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, fresh = sign_up("ada", FIRST, "ada@example.org")
    _, again = sign_up("eve", SECOND, "ada@example.org")
    assert "already" not in again
    without_names = [re.sub(r"ada|eve|[0-9a-zA-Z]{32,}", "", page) for page in (fresh, again)]
    assert without_names[0] == without_names[1]
    mailoutbox.clear()
    queries = []
    with as_worker(monkeypatch) as asked:
        replies = []
        for email in ("ada@example.org", "nobody@example.org"):
            cache.clear()  # the first of two at an address adds rows to it
            with CaptureQueriesContext(connection) as made:
                replies.append(Client().post(RESET, {"email": email}, follow=True))
            queries.append([query["sql"].split()[0] for query in made])
        assert mailoutbox == [], "no page waits for the mail server"
    known, unknown = replies
    assert queries[0] == queries[1]
    assert asked == [
        ("accounts.send_reset_links", [email, "http://testserver/"])
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert (known.status_code, known.redirect_chain) == (
        unknown.status_code,
        unknown.redirect_chain,
    )
    assert {to for mail in mailoutbox for to in mail.to} == {"ada@example.org"}
    mail, _ = mailoutbox
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.body))
    assert link
    assert "new password" in Client().get(link[1], follow=True).content.decode().lower()


@pytest.mark.usefixtures("mail_server")
def test_a_mail_that_fails_is_in_the_log_without_its_link(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up("ada", FIRST, "ada@example.org")

    def fail(*_: object) -> None:
        raise SMTPException("refused: /accounts/password/reset/key/secret/")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    with capture_logs() as logs, as_worker(monkeypatch):
        cache.clear()
        Client().post(RESET, {"email": "ada@example.org"})
    (told,) = [each for each in logs if each["event"] == "A mail could not be sent."]
    assert (told["kind"], told["error"]) == ("password_reset_key", "SMTPException")
    assert "/key/" not in str(logs)


def test_a_dead_broker_breaks_no_page(mail_server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(current_app, "send_task", fail)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert Client().post(RESET, {"email": "ada@example.org"}).status_code == 302


@pytest.mark.usefixtures("mail_server")
def test_an_address_that_two_accounts_name_opens_each_with_its_own_password(
    mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up("eve", SECOND, "ada@example.org")
    owner, _ = sign_up("ada", FIRST, "ada@example.org")
    for password, name in ((FIRST, "ada"), (SECOND, "eve"), ("neither of them", "")):
        assert signed_in_as("ada@example.org", password) == name
    link = re.search(r"/accounts/confirm-email/\S+", str(mailoutbox[-1].body))
    assert link
    owner.post(link[0])
    # Once confirmed, the address is hers alone; the other account keeps its name.
    for login, password, name in (
        ("ada@example.org", FIRST, "ada"),
        ("ada@example.org", SECOND, ""),
        ("eve", SECOND, "eve"),
    ):
        assert signed_in_as(login, password) == name
    mailoutbox.clear()
    with as_worker(monkeypatch):
        Client().post(RESET, {"email": "ada@example.org"})
    assert ["eve" in str(mail.body) for mail in mailoutbox] == [False]


def test_no_mail_is_promised_where_none_is_sent(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    client, _ = sign_up("ada", FIRST, "ada@example.org")
    page = client.get("/accounts/email/").content.decode()
    assert 'id="email-send"' not in page
    forged = {"action_send": "", "email": "ada@example.org"}
    told = client.post("/accounts/email/", forged, follow=True).content.decode()
    assert "no link was sent to ada@example.org" in told


@pytest.mark.parametrize(
    ("environment", "backend"),
    [({}, "dummy"), ({"DEBUG": "1"}, "console"), ({"EMAIL_HOST": "mail.example.org"}, "smtp")],
)
def test_mail_is_printed_only_while_developing(
    tmp_path: Path, environment: dict[str, str], backend: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import reasoning_site.settings as s; print(s.EMAIL_BACKEND)"],
        env={
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql://a@localhost/b",
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"django.core.mail.backends.{backend}.EmailBackend"
