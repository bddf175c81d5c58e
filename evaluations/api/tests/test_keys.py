"""Keys: made in one's settings, shown once, used, revoked; nothing else lets anybody in."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.api.actions import MOST_KEYS, KeyRefused, make_key, revoke_key
from evaluations.api.models import ApiKey
from evaluations.api.tests.calls import Caller, key_of
from evaluations.judgments.me.leave import WhatStays, leave
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
URL = "/accounts/preferences/api-keys/"
SENT = {"name": "my notebook", "scope": "read", "days": "30"}


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def secret_in(page: str) -> str:
    found = re.search(r"bwd_[\w-]{40,}", page)
    assert found is not None
    return found[0]


def test_a_key_is_shown_once_and_only_its_hash_is_kept(signed_in: Client, ada: User) -> None:
    page = signed_in.post(URL, SENT)
    assert page.status_code == 201
    secret = secret_in(page.content.decode())
    row = ApiKey.objects.get(person=ada)
    assert secret.startswith(row.prefix)
    assert secret not in str(vars(row))
    assert row.expires_on == timezone.now().date() + dt.timedelta(days=30)
    again = signed_in.get(URL).content.decode()
    assert secret not in again
    assert row.prefix in again
    assert Caller(secret).get("definitions").status_code == 200
    row.refresh_from_db()
    assert row.last_used_on == timezone.now().date()


def test_a_revoked_key_is_refused_at_once(signed_in: Client, ada: User) -> None:
    secret = key_of(ada)
    row = ApiKey.objects.get()
    assert signed_in.post(f"{URL}{row.pk}/revoke/").status_code == 302
    refused = Caller(secret).get("definitions")
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert "revoked" in signed_in.get(URL).content.decode()


def test_nobody_revokes_the_key_of_another(client: Client, ada: User) -> None:
    key_of(ada)
    row = ApiKey.objects.get()
    client.force_login(make_user("eve"))
    assert client.post(f"{URL}{row.pk}/revoke/").status_code == 404
    with pytest.raises(PermissionError):
        revoke_key(key=row, actor=User.objects.get(username="eve"))
    assert ApiKey.objects.in_force().count() == 1


def test_what_is_typed_wrongly_comes_back(signed_in: Client) -> None:
    page = signed_in.post(URL, {**SENT, "days": "400"})
    assert page.status_code == 422
    assert "my notebook" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_one_person_has_so_many_keys_in_force(ada: User) -> None:
    for _ in range(MOST_KEYS):
        key_of(ada)
    with pytest.raises(KeyRefused):
        key_of(ada)
    revoke_key(key=ApiKey.objects.earliest("pk"), actor=ada)
    key_of(ada)


def test_a_key_in_force_is_shown_however_many_came_after_it(
    signed_in: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.api.views.SHOWN", 2)
    key_of(ada)
    for _ in range(3):
        key_of(ada)
        revoke_key(key=ApiKey.objects.latest("pk"), actor=ada)
    page = signed_in.get(URL).content.decode()
    assert f'id="revoke-{ApiKey.objects.earliest("pk").pk}"' in page
    assert page.count('class="badge"') == 2


@pytest.mark.parametrize(("scope", "days"), [("all", 30), ("read", 0), ("read", 366)])
def test_a_key_is_for_something_and_ends(ada: User, scope: str, days: int) -> None:
    with pytest.raises(KeyRefused):
        make_key(person=ada, name="mine", scope=scope, days=days)


@pytest.mark.parametrize("sent", ["Bearer bwd_nothing", "Bearer ", "Basic YTpi", "nonsense"])
def test_a_wrong_key_is_refused_even_where_none_is_needed(sent: str) -> None:
    refused = Client().get("/api/v1/definitions", headers={"Authorization": sent})
    assert refused.status_code == 401
    assert refused.json()["detail"]


def test_an_expired_key_does_nothing(ada: User) -> None:
    secret = key_of(ada)
    ApiKey.objects.update(expires_on=timezone.now().date() - dt.timedelta(days=1))
    assert Caller(secret).get("definitions").status_code == 401


def test_keys_of_suspended_and_closed_accounts_do_nothing(ada: User) -> None:
    caller = Caller.of(ada)
    ada.suspended_until = timezone.now() + dt.timedelta(days=1)
    ada.save()
    for refused in (caller.get("definitions"), caller.post("queue/next", {})):
        assert refused.status_code == 403
        assert "suspended" in refused.json()["detail"]
    with pytest.raises(KeyRefused):
        make_key(person=ada, name="mine", scope="read", days=30)
    ada.suspended_until, ada.is_active = None, False
    ada.save()
    assert caller.get("definitions").status_code == 401


def test_who_leaves_leaves_no_key(ada: User) -> None:
    caller = Caller.of(ada)
    leave(user=ada, choice=WhatStays.ANONYMISE)
    assert not ApiKey.objects.exists()
    assert caller.get("definitions").status_code == 401


def test_a_session_opens_nothing(signed_in: Client) -> None:
    refused = signed_in.post("/api/v1/queue/next", "{}", content_type="application/json")
    assert refused.status_code == 401
    assert not signed_in.get("/api/v1/definitions").cookies
    signed_in.cookies["csrftoken"] = "none"
    assert not signed_in.get("/api/v1/definitions").cookies


@pytest.mark.parametrize(
    ("scope", "path", "refused"),
    [("read", "queue/next", True), ("read", "runs", True), ("judge", "runs", True),
     ("judge", "queue/next", False), ("write", "queue/next", False)],
)  # fmt: skip
def test_a_key_does_what_it_was_made_for(ada: User, scope: str, path: str, refused: bool) -> None:
    answered = Caller.of(ada, scope).post(path, {"model": "a", "recipe": "b", "prompt_set": "c"}
                                          if path == "runs" else {})  # fmt: skip
    assert (answered.status_code == 403 and "key" in answered.json()["detail"]) is refused
