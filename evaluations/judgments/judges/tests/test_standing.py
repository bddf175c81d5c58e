"""Standing: new, member, established; computed from the account and from what it did."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from model_bakery import baker
from pytest_django import Settings

from evaluations.accounts import invitations, standing
from evaluations.accounts.models import User
from evaluations.accounts.standing import Standing, becomes_member, standing_of
from evaluations.definitions.models import State, StateChange
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_grown_site(monkeypatch: pytest.MonkeyPatch) -> User:
    """A site on which the first accounts are there already; gives one of them, who is staff."""
    monkeypatch.setattr(standing, "FIRST_ACCOUNTS", 2)
    baker.make(User)
    staff: User = baker.make(User, is_staff=True)
    return staff


def aged(**age: float) -> User:
    person: User = baker.make(User)
    person.date_joined = timezone.now() - dt.timedelta(**age)
    person.save()
    return person


def judged(person: User, outputs: int, blind: bool = True) -> None:
    make_criterion("one")
    judge = make_judge(user=person)
    for _ in range(outputs):
        output = make_output()
        if not blind:
            reveal_answers(judge=judge, output=output)
        give(judge, output, {"one": "yes"})


def test_the_first_day_is_a_new_account() -> None:
    assert standing_of(aged(hours=23)) == Standing.NEW
    assert standing_of(aged(hours=25)) == Standing.MEMBER
    assert "UTC" in becomes_member(aged(hours=23))


def test_where_mail_works_an_address_is_confirmed_first(settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    person = aged(days=3)
    assert standing_of(person) == Standing.NEW
    assert "confirmed your e-mail" in becomes_member(person)
    EmailAddress.objects.create(user=person, email="ada@example.org", verified=True)
    assert standing_of(person) == Standing.MEMBER


def test_the_first_accounts_staff_and_people_with_a_role_are_members_at_once() -> None:
    first = User.objects.order_by("pk").first()
    assert first is not None
    for person in (first, baker.make(User, is_staff=True), baker.make(User, role="curator")):
        assert standing_of(person) == Standing.MEMBER


def test_whoever_was_invited_is_a_member_at_once(a_grown_site: User) -> None:
    person = aged(hours=1)
    made = invitations.invite(actor=a_grown_site, role="member")
    invitations.take_at_sign_up(token=made.token, user=person)
    assert standing_of(person) == Standing.MEMBER


@pytest.mark.parametrize(
    ("days", "outputs", "blind", "expected"),
    [
        (8, 10, True, Standing.ESTABLISHED),
        (8, 9, True, Standing.MEMBER),
        (8, 10, False, Standing.MEMBER),
        (6, 10, True, Standing.MEMBER),
    ],
)
def test_a_week_and_ten_outputs_judged_blind_make_it_established(
    days: int, outputs: int, blind: bool, expected: Standing
) -> None:
    person = aged(days=days)
    judged(person, outputs, blind)
    assert standing_of(person) == expected


def test_what_staff_had_to_retire_takes_it_back_for_a_while(
    a_grown_site: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = aged(days=100)
    judged(person, 10)
    version = make_definition("own", "one")
    type(version.definition).objects.filter(pk=version.definition_id).update(owner=person)
    for actor, expected in ((person, Standing.ESTABLISHED), (a_grown_site, Standing.MEMBER)):
        StateChange.objects.create(
            version=version, verb="retire", actor=actor,
            before=State.PUBLISHED, after=State.RETIRED,
        )  # fmt: skip
        assert standing_of(person) == expected
    monkeypatch.setattr(standing, "TAKEN_BACK_WITHIN", dt.timedelta(0))
    assert standing_of(person) == Standing.ESTABLISHED
