import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from evaluations.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client: Client) -> User:
    user: User = baker.make(User, username="ada", single_keys=True, is_staff=False)
    client.force_login(user)
    return user


def test_preferences_are_for_people_with_an_account(client: Client) -> None:
    response = client.get(reverse("preferences"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_the_form_shows_what_is_set(client: Client, person: User) -> None:
    page = client.get(reverse("preferences")).content.decode()
    assert 'name="single_keys"' in page
    assert "checked" in page


def test_single_keys_are_switched_off_and_on(client: Client, person: User) -> None:
    response = client.post(reverse("preferences"), {}, follow=True)
    person.refresh_from_db()
    assert not person.single_keys
    assert "Preferences saved." in response.content.decode()
    client.post(reverse("preferences"), {"single_keys": "on"})
    person.refresh_from_db()
    assert person.single_keys


def test_nothing_else_can_be_set_here(client: Client, person: User) -> None:
    client.post(reverse("preferences"), {"is_staff": "on", "role": "moderator", "username": "x"})
    person.refresh_from_db()
    assert (person.username, person.role, person.is_staff) == ("ada", "member", False)
