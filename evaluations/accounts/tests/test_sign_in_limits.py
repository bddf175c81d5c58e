"""Guessing passwords: refused after a while, for everybody who shares the address."""

from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BasePasswordHasher, get_hasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from evaluations.accounts.models import User

pytestmark = pytest.mark.django_db

GUESSES_A_NAME = 5
TRIES_AN_ADDRESS_A_MINUTE = 30


def guess(client: Client, password: str = "wrong", at: str = "account_login") -> tuple[int, str]:
    said = {"login": "ada", "username": "ada", "password": password}
    response = client.post(reverse(at), said, follow=True)
    return response.status_code, response.content.decode()


@pytest.fixture(autouse=True)
def person() -> None:
    cache.clear()
    user = baker.prepare(User, username="ada", email="ada@example.org")
    user.set_password("correct horse battery")
    user.save()


def test_after_some_guesses_even_the_right_password_waits(client: Client) -> None:
    for _ in range(GUESSES_A_NAME):
        assert "Too many failed login attempts" not in guess(client)[1]
    elsewhere = Client()
    assert "Too many failed login attempts" in guess(elsewhere, "correct horse battery")[1]
    assert "_auth_user_id" not in elsewhere.session


def test_repeated_failed_sign_ins_get_the_readable_page() -> None:
    for _ in range(TRIES_AN_ADDRESS_A_MINUTE):
        status, _ = guess(Client())
        assert status == 200
    status, page = guess(Client())
    assert status == 429
    assert "Too many tries" in page
    assert "Wait a few minutes" in page
    assert 'href="/"' in page


def test_the_count_is_kept_where_every_process_reads_it(client: Client) -> None:
    table = settings.CACHES["default"]["LOCATION"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)
        guess(client)
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] > 0


def test_the_administration_has_no_door_of_its_own(client: Client) -> None:
    User.objects.filter(username="ada").update(is_staff=True, is_superuser=True)
    guess(client, "correct horse battery", at="admin:login")
    assert "_auth_user_id" not in client.session
    for _ in range(GUESSES_A_NAME):
        guess(client)
    guess(client, "correct horse battery")
    assert "_auth_user_id" not in client.session

    cache.clear()
    asked = client.get(reverse("admin:index"), follow=True)
    door, _ = asked.redirect_chain[-1]
    assert door == f"{reverse('account_login')}?next={quote(reverse('admin:index'), safe='')}"
    said = {"login": "ada", "password": "correct horse battery"}
    opened = client.post(door, {**said, "next": reverse("admin:index")}, follow=True)
    assert opened.redirect_chain[-1][0] == reverse("admin:index")
    assert opened.status_code == 200


def test_who_is_no_staff_is_refused_by_the_administration(client: Client) -> None:
    client.force_login(User.objects.get(username="ada"))
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.parametrize("login", ["ada", "ADA", "nobody", "ada@example.org", "nobody@example.org"])
@pytest.mark.parametrize("is_active", [True, False])
def test_every_failed_sign_in_takes_one_hash(
    client: Client, monkeypatch: pytest.MonkeyPatch, login: str, is_active: bool
) -> None:
    """By name or by address, known or not: how long it takes tells nothing."""
    User.objects.update(is_active=is_active)
    hasher = type(get_hasher())
    encode, made = hasher.encode, []

    def counted(self: BasePasswordHasher, password: str, *args: object) -> str:
        made.append(password)
        return str(encode(self, password, *args))

    monkeypatch.setattr(hasher, "encode", counted)
    client.post(reverse("account_login"), {"login": login, "password": "wrong"})
    assert made == ["wrong"]
