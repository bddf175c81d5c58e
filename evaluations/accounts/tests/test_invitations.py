"""Roles: given by staff, or by a link that works once, in time, and never lowers anybody."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from evaluations.accounts import invitations
from evaluations.accounts.actions import RoleRefused, change_role
from evaluations.accounts.models import Invitation, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    user: User = baker.make(User, username="grace", is_staff=True)
    client.force_login(user)
    return user


def make_person(name: str = "ada", **fields: object) -> User:
    return User.objects.create_user(username=name, password="correct horse battery", **fields)


def make_invitation(**fields: object) -> Invitation:
    boss = User.objects.filter(is_staff=True).first() or baker.make(User, is_staff=True)
    fields.setdefault("role", "researcher")
    fields.setdefault("expires_at", timezone.now() + dt.timedelta(days=1))
    return Invitation.objects.create(created_by=boss, **fields)


def sign_in(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def test_a_link_gives_its_role_once(client: Client, staff: User) -> None:
    made = invitations.invite(actor=staff, role="researcher", note="Ada")
    link = made.get_absolute_url()
    ada = make_person()
    browser = sign_in(ada)
    page = browser.get(link).content.decode()
    assert "You are invited to be a researcher" in page
    assert "sets up protocols" in page
    response = browser.post(link, follow=True)
    assert "you are a researcher now" in response.content.decode()
    ada.refresh_from_db()
    made.refresh_from_db()
    assert (ada.role, ada.is_staff, made.used_by) == ("researcher", False, ada)
    eve = make_person("eve")
    for answer in (sign_in(eve).get(link), sign_in(eve).post(link), Client().get(link)):
        assert answer.status_code == 410
        assert "accepted already" in answer.content.decode()
    eve.refresh_from_db()
    assert eve.role == "member"


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [({"expires_at": timezone.now() - dt.timedelta(minutes=1)}, 410, "has expired"),
     ({"revoked_at": timezone.now()}, 403, "was taken back")],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_old_or_revoked_link_says_so(
    fields: dict[str, object], status: int, words: str, method: str
) -> None:
    link = make_invitation(**fields).get_absolute_url()
    ada = make_person()
    response = getattr(sign_in(ada), method)(link)
    assert response.status_code == status
    assert words in response.content.decode()
    ada.refresh_from_db()
    assert ada.role == "member"


def test_an_unknown_link_is_a_404_in_words(client: Client) -> None:
    response = client.get(f"/accounts/invitation/{uuid.uuid4()}/")
    assert response.status_code == 404


@pytest.mark.parametrize("held", ["moderator", "curator", "researcher"])
def test_nobody_loses_a_role_and_the_link_stays_open(held: str) -> None:
    made = make_invitation()
    ada = make_person(role=held)
    response = sign_in(ada).post(made.get_absolute_url())
    assert response.status_code == 409
    assert f"is a {held}’s" in response.content.decode()
    ada.refresh_from_db()
    made.refresh_from_db()
    assert (ada.role, made.state) == (held, "open")


def test_staff_who_accept_stay_staff() -> None:
    boss = make_person("boss", is_staff=True)
    invitations.accept(token=make_invitation().token, user=boss)
    boss.refresh_from_db()
    assert (boss.role, boss.is_staff) == ("researcher", True)


def test_a_visitor_signs_up_and_comes_back_to_accept(client: Client) -> None:
    link = make_invitation(role="curator").get_absolute_url()
    page = client.get(link).content.decode()
    assert f'href="/accounts/signup/?next={link}"' in page
    assert 'id="accept"' not in page
    assert client.post(link)["Location"] == f"/accounts/login/?next={link}"
    assert Invitation.objects.get().state == "open"
    signed_up = client.post(
        "/accounts/signup/",
        {"username": "ada", "email": "", "password1": "correct horse battery", "next": link},
    )
    assert signed_up["Location"] == link
    assert client.post(link).status_code == 302
    assert User.objects.get(username="ada").role == "curator"


@pytest.mark.django_db(transaction=True)
def test_two_people_who_accept_at_once_share_one_role() -> None:
    link = make_invitation().get_absolute_url()
    browsers = [sign_in(make_person(name)) for name in ("ada", "eve")]
    together = threading.Barrier(2)
    statuses: list[int] = []

    def send(browser: Client) -> None:
        together.wait()
        statuses.append(browser.post(link).status_code)
        connections.close_all()

    threads = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, 410]
    assert User.objects.filter(role="researcher").count() == 1


def test_staff_make_list_and_revoke_links(client: Client, staff: User) -> None:
    form = {"role": "moderator", "note": "Emmy", "days": "14"}
    page = client.post("/accounts/invitations/", form, follow=True).content.decode()
    made = Invitation.objects.get()
    assert (made.role, made.note, made.created_by) == ("moderator", "Emmy", staff)
    left = made.expires_at - timezone.now()
    assert dt.timedelta(days=13, hours=23) < left <= dt.timedelta(days=14)
    assert f"http://testserver{made.get_absolute_url()}" in page
    page = client.post(f"/accounts/invitations/{made.pk}/revoke/", follow=True).content.decode()
    assert "taken back" in page
    assert made.get_absolute_url() not in page
    made.refresh_from_db()
    assert made.state == "revoked"


@pytest.mark.parametrize("changed", [{"role": "king"}, {"days": "0"}, {"days": "91"}])
def test_a_wrong_invitation_is_refused(
    client: Client, staff: User, changed: dict[str, str]
) -> None:
    form = {"role": "curator", "note": "typed", "days": "3"} | changed
    response = client.post("/accounts/invitations/", form)
    assert response.status_code == 422
    assert 'value="typed"' in response.content.decode()
    assert not Invitation.objects.exists()
    values = {"role": form["role"], "days": int(form["days"])}
    with pytest.raises(RoleRefused):
        invitations.invite(actor=staff, **values)


def test_a_used_link_cannot_be_taken_back(client: Client, staff: User) -> None:
    made = make_invitation()
    invitations.accept(token=made.token, user=make_person())
    response = client.post(f"/accounts/invitations/{made.pk}/revoke/", follow=True)
    assert "accepted before" in response.content.decode()
    made.refresh_from_db()
    assert made.state == "used"


def test_staff_find_people_and_set_their_role(client: Client, staff: User) -> None:
    ada = make_person(email="ada@example.org")
    make_person("eve", role="curator")
    found = client.get("/accounts/people/?q=ADA@").content.decode()
    assert ">ada<" in found.replace(" ", "")
    assert ">eve<" not in found.replace(" ", "")
    by_role = client.get("/accounts/people/?role=curator").content.decode()
    assert f"role-{ada.pk}" not in by_role
    back = "/accounts/people/?q=ada"
    response = client.post(f"/accounts/people/{ada.pk}/role/", {"role": "curator", "back": back})
    assert response["Location"] == back
    ada.refresh_from_db()
    assert (ada.role, ada.is_staff) == ("curator", False)
    client.post(f"/accounts/people/{ada.pk}/role/", {"role": "member"})
    client.post(f"/accounts/people/{ada.pk}/role/", {"role": "king"})
    ada.refresh_from_db()
    assert ada.role == "member"
    away = {"role": "member", "back": "https://evil.example/"}
    response = client.post(f"/accounts/people/{ada.pk}/role/", away)
    assert response["Location"] == "/accounts/people/"


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_roles_are_for_staff_to_give(role: str) -> None:
    ada, made = make_person(role=role), make_invitation()
    browser = sign_in(ada)
    posts = ["/accounts/invitations/", f"/accounts/people/{ada.pk}/role/",
             f"/accounts/invitations/{made.pk}/revoke/"]  # fmt: skip
    for path in posts:
        assert browser.post(path, {"role": "curator", "days": "3"}).status_code == 403
        assert Client().post(path)["Location"].startswith("/accounts/login/")
    for path in ("/accounts/people/", "/accounts/invitations/"):
        assert browser.get(path).status_code == 403
    for forbidden in (
        lambda: change_role(person=ada, role="curator", actor=ada),
        lambda: invitations.invite(actor=ada, role="curator"),
        lambda: invitations.revoke(invitation=made, actor=ada),
    ):
        with pytest.raises(PermissionError):
            forbidden()
    ada.refresh_from_db()
    made.refresh_from_db()
    assert (ada.role, made.state, Invitation.objects.count()) == (role, "open", 1)
