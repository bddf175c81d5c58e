"""Single keys: the usual ones, a person's own, and what cannot be a key."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from evaluations.accounts.actions import KeysRefused, change_keys
from evaluations.accounts.keys import ACTIONS, USUAL, conflicts, keys_of
from evaluations.accounts.models import User

pytestmark = pytest.mark.django_db

URL = "/accounts/preferences/keys/"


@pytest.fixture
def person(client: Client) -> User:
    user: User = baker.make(User, username="ada", keys={})
    client.force_login(user)
    return user


def sent(**changed: str) -> dict[str, str]:
    """The page's form as a browser sends it."""
    fixed = {action.name for action in ACTIONS if action.is_fixed}
    keys = {name: key for name, key in USUAL.items() if name not in fixed}
    return keys | {name.replace("_", "-"): key for name, key in changed.items()}


def test_the_usual_keys_do_one_thing_on_each_page() -> None:
    assert conflicts(USUAL) == {}
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    assert (USUAL["yes"], USUAL["save"], USUAL["first-error"]) == ("1", "enter", "e")


@pytest.mark.parametrize("visitor", [None, AnonymousUser()])
def test_guests_have_the_usual_keys(visitor: AnonymousUser | None) -> None:
    assert keys_of(visitor) == USUAL


def test_only_what_differs_is_kept(person: User) -> None:
    change_keys(user=person, keys={"yes": "Y", "no": "3", "skip": " é "})
    person.refresh_from_db()
    assert person.keys == {"yes": "y", "skip": "é"}
    assert keys_of(person) == USUAL | {"yes": "y", "skip": "é"}


@pytest.mark.parametrize("key", ["", " ", "ab", "\u200b", "\u0301", "\t", "\x00", "ǰ̣"])
def test_a_key_is_one_visible_character(person: User, key: str) -> None:
    with pytest.raises(KeysRefused) as refused:
        change_keys(user=person, keys={"yes": key})
    assert set(refused.value.problems) == {"yes"}
    person.refresh_from_db()
    assert person.keys == {}


@pytest.mark.parametrize(
    "keys",
    [{"yes": "2"}, {"yes": "J"}, {"left": "j"}, {"observation": "4"}, {"tie": "n"},
     {"skip": "f"}, {"keys": "a"}, {"plan": "e"}],
)  # fmt: skip
def test_one_key_for_two_things_on_one_page_is_refused(person: User, keys: dict[str, str]) -> None:
    with pytest.raises(KeysRefused, match="on the same page already"):
        change_keys(user=person, keys=keys)


def test_groups_that_never_meet_may_share_keys_and_two_actions_may_swap(person: User) -> None:
    change_keys(user=person, keys={"left": "l", "right": "r", "yes": "2", "partly": "1"})
    assert keys_of(person)["left"] == keys_of(person)["conclusion"] == "l"
    assert (keys_of(person)["yes"], keys_of(person)["partly"]) == ("2", "1")


def test_save_stays_on_enter_and_unknown_actions_are_left_out(person: User) -> None:
    change_keys(user=person, keys={"save": "z", "launch": "q"})
    assert person.keys == {}


def test_the_page_shows_saves_and_resets(client: Client, person: User) -> None:
    page = client.get(URL).content.decode()
    assert page.count('type="text"') == len(ACTIONS) - 1
    assert 'name="save"' not in page
    response = client.post(URL, sent(yes="y", first_error="w"), follow=True)
    assert "Keys saved." in response.content.decode()
    person.refresh_from_db()
    assert person.keys == {"yes": "y", "first-error": "w"}
    assert 'name="yes" value="y"' in client.get(URL).content.decode()
    response = client.post(URL, sent(yes="", no="ab") | {"action": "usual"}, follow=True)
    assert "the usual ones again" in response.content.decode()
    person.refresh_from_db()
    assert person.keys == {}


def test_a_refused_page_keeps_what_was_typed_and_names_the_field(
    client: Client, person: User
) -> None:
    response = client.post(URL, sent(skip="j", comment="12"))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="12"' in page
    assert "more than one character" in page
    assert "Please correct this first" in page
    response = client.post(URL, sent(skip="j"))
    assert "J is “next question” on the same page already." in response.content.decode()
    person.refresh_from_db()
    assert person.keys == {}


def test_keys_are_for_people_with_an_account(client: Client) -> None:
    response = client.get(URL)
    assert response["Location"].startswith(reverse("account_login"))


def test_preferences_lead_to_keys_judging_and_leaving(client: Client, person: User) -> None:
    page = client.get(reverse("preferences")).content.decode()
    for link in (URL, "/judge/me/", "/judge/me/leave/"):
        assert f'href="{link}"' in page
    assert reverse("people") not in page
