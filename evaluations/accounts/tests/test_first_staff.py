import threading
from typing import Any

import pytest
from django.core import signing
from django.db import connections
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from evaluations.accounts import actions
from evaluations.accounts.models import User

pytestmark = pytest.mark.django_db

FILLED_IN = {
    "username": "ada",
    "email": "ada@example.org",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
}


def link() -> str:
    token = actions.setup_token()
    assert token is not None
    return reverse("first-staff", args=[token])


def test_the_link_shows_a_form_that_no_cache_keeps(client: Client) -> None:
    response = client.get(link())
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert 'name="password2"' in response.content.decode()


def test_the_form_makes_a_staff_account_signs_it_in_and_leads_home(client: Client) -> None:
    response = client.post(link(), FILLED_IN)
    assert response.status_code == 302
    assert response["Location"] == reverse("home")
    user = User.objects.get()
    assert (user.username, user.email) == ("ada", "ada@example.org")
    assert user.is_staff
    assert user.is_superuser
    assert user.check_password(FILLED_IN["password1"])
    assert client.session["_auth_user_id"] == str(user.pk)
    assert "Welcome, ada" in client.get(reverse("preferences")).content.decode()


def test_an_e_mail_address_is_optional(client: Client) -> None:
    assert client.post(link(), {**FILLED_IN, "email": ""}).status_code == 302
    assert User.objects.get().email == ""


@pytest.mark.parametrize(
    "changed",
    [{"password2": "something else"}, {"password1": "12345", "password2": "12345"},
     {"username": "a b"}, {"username": "ADA2"}],
)  # fmt: skip
def test_errors_keep_what_was_typed_but_no_password(
    client: Client, changed: dict[str, str]
) -> None:
    baker.make(User, username="ada2", is_staff=False)
    response = client.post(link(), {**FILLED_IN, **changed})
    page = response.content.decode()
    assert response.status_code == 422
    assert f'value="{changed.get("username", "ada")}"' in page
    assert 'value="ada@example.org"' in page
    assert "Please correct this first" in page
    assert FILLED_IN["password1"] not in page
    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_used_link_is_refused_readably(client: Client, method: str) -> None:
    used = link()
    client.post(used, FILLED_IN)
    response: Any = getattr(Client(), method)(used, {**FILLED_IN, "username": "eve"})
    assert response.status_code == 403
    assert "This link was used" in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "token",
    ["nonsense", signing.dumps("first", salt="another"), "a:b:c"],
    ids=["word", "salt", "parts"],
)
def test_a_false_link_is_refused_readably(client: Client, token: str) -> None:
    response = client.get(reverse("first-staff", args=[token]))
    assert response.status_code == 403
    assert "This link is not valid" in response.content.decode()


def test_an_old_link_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    old = link()
    monkeypatch.setattr(actions, "LINK_SECONDS", -1)
    assert client.post(old, FILLED_IN).status_code == 403
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_with_the_link_make_one_account() -> None:
    path = link()
    statuses: list[int] = []
    together = threading.Barrier(2)

    def send(name: str) -> None:
        together.wait()
        statuses.append(Client().post(path, {**FILLED_IN, "username": name}).status_code)
        connections.close_all()

    threads = [threading.Thread(target=send, args=(name,)) for name in ("ada", "grace")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, 403]
    assert User.objects.filter(is_staff=True).count() == 1
