"""A closed site: nothing without an account but the way in, and an invitation to sign up."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from model_bakery import baker
from pytest_django import Settings

from evaluations.accounts import invitations
from evaluations.accounts.access import OPEN_WITHOUT_ACCOUNT
from evaluations.accounts.models import Invitation, User

pytestmark = pytest.mark.django_db

SAMPLES = {
    "int": "1",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "snapshot": "2026-11-29-abcd1234",
}
SIGN_UP = {"username": "ada", "email": "", "password1": "correct horse battery"}


def addresses(
    found: list[URLPattern | URLResolver], before: str = "/"
) -> Iterator[tuple[str, str]]:
    """A path for every address of the site, with its name."""
    for each in found:
        route = re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLES.get(m[1], "x"), str(each.pattern))
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, before + route)
        elif "(" not in route:
            yield before + route, each.name or ""


def test_nothing_but_the_way_in_answers_without_an_account(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACCESS = "members"
    monkeypatch.setattr("evaluations.api.doorway.BY_ADDRESS", 1_000_000)
    known = [
        (path, name)
        for path, name in addresses(get_resolver().url_patterns)
        if name not in OPEN_WITHOUT_ACCOUNT
    ]
    assert len(known) > 200
    for path, name in known:
        response = client.get(path)
        if path.startswith("/api/v1/"):
            assert {response.status_code, client.post(path).status_code} == {401}, path
            continue
        assert response.status_code == 302, (path, name)
        assert response["Location"].startswith("/accounts/login/?next="), path
        assert client.post(path).status_code == 403, (path, name)


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/health/", "/about/terms/"]
)
def test_the_way_in_shows_no_way_past_itself(client: Client, settings: Settings, path: str) -> None:
    settings.ACCESS = "members"
    response = client.get(path)
    assert response.status_code == 200
    assert b"/leaderboards/" not in response.content


def test_members_read_everything(client: Client, settings: Settings) -> None:
    settings.ACCESS = "members"
    assert client.post("/accounts/signup/", SIGN_UP).status_code == 302
    for path in ("/", "/definitions/", "/leaderboards/", "/runs.csv"):
        assert client.get(path).status_code == 200, path
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_by_invitation_an_account_takes_a_link_and_uses_it_up(
    client: Client, settings: Settings
) -> None:
    settings.ACCESS = "invited"
    assert client.get("/leaderboards/").status_code == 302
    staff: User = baker.make(User, is_staff=True)
    assert b"By invitation only" in client.get("/accounts/signup/").content
    client.post("/accounts/signup/", SIGN_UP)
    assert not User.objects.filter(username="ada").exists()
    made = invitations.invite(actor=staff, role="member")
    link = made.get_absolute_url()
    late = Client()
    for browser in (client, late):
        assert b"You are invited to be a member" in browser.get(link).content
    response = client.post("/accounts/signup/", {**SIGN_UP, "next": link}, follow=True)
    assert response.redirect_chain[-1][0] == "/"
    made = Invitation.objects.get()
    assert (made.used_by, made.state) == (User.objects.get(username="ada"), "used")
    late.post("/accounts/signup/", {**SIGN_UP, "username": "eve"})
    assert not User.objects.filter(username="eve").exists()


def test_on_a_public_site_an_invitation_is_not_needed(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.post("/accounts/signup/", SIGN_UP).status_code == 302


def test_one_address_makes_so_many_accounts_a_day_and_the_invited_come_on_top(
    client: Client, settings: Settings
) -> None:
    settings.SIGN_UPS_A_DAY = 2

    def sign_up(browser: Client, name: str) -> str:
        sent = browser.post("/accounts/signup/", {**SIGN_UP, "username": name}, follow=True)
        return sent.content.decode()

    assert "already exists" not in sign_up(Client(), "ada")
    assert "Begin the name with a letter" in sign_up(Client(), ".eve")
    sign_up(Client(), "bea")
    page = sign_up(Client(), "carla")
    assert "2 accounts a day can be made at one address" in page
    assert "in 12 hours at the latest" in page
    assert 'value="carla"' in page
    staff: User = baker.make(User, is_staff=True)
    link = invitations.invite(actor=staff, role="member").get_absolute_url()
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.get(link)
    for browser, name in zip(browsers, ("dora", "emil"), strict=True):
        sign_up(browser, name)
    assert set(User.objects.exclude(pk=staff.pk).values_list("username", flat=True)) == {
        "ada", "bea", "dora",
    }  # fmt: skip
