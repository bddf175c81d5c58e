"""A guest who signs up or in: their judgments come along, and count once."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client

from evaluations.judgments.answers.actions import reveal_answers, skip_output, undo_judgment
from evaluations.judgments.judges.visitors import GUEST_KEY, judge_for
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import Answer, Judge, JudgeKind, Judgment, Reveal, Skip
from evaluations.judgments.signals import keep_what_the_guest_judged
from evaluations.judgments.tests.cast import (
    PASSWORD,
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)

pytestmark = pytest.mark.django_db


def answers_of(judge: Judge) -> dict[tuple[int | None, str], str]:
    return {
        (answer.output_id, answer.criterion.key if answer.criterion else "direct"): answer.value
        for answer in judge.answers.filter(is_current=True).select_related("criterion")
    }


def test_a_new_account_takes_the_guest_over_whole() -> None:
    make_criterion("one")
    guest, user, output = make_judge("guest"), make_user(), make_output()
    give(guest, output, {"one": "yes"})
    judge = attach_guest(guest=guest, user=user)
    assert (judge.pk, judge.kind, judge.user, judge.guest_key) == (
        guest.pk,
        JudgeKind.PERSON,
        user,
        None,
    )
    assert answers_of(judge) == {(output.pk, "one"): "yes"}
    assert Judge.objects.count() == 1


def test_an_account_that_judged_keeps_its_own_and_gets_the_rest() -> None:
    make_criterion("one")
    make_criterion("two")
    version = make_definition("taylor", "one")
    user = make_user()
    own, guest = make_judge(user=user), make_judge("guest")
    first, second = make_output(), make_output()
    give(own, first, {"one": "no"})
    reveal_answers(judge=guest, output=second)
    (unblinded,) = give(guest, second, {"one": "yes"}, comment="hm", seconds=3.0)
    give(guest, first, {"one": "yes", "two": "partly"})
    classify(guest, first, version, "yes", words="inferences")
    assert attach_guest(guest=guest, user=user) == own
    assert answers_of(own) == {
        (first.pk, "one"): "no",
        (first.pk, "two"): "partly",
        (first.pk, "direct"): "yes",
        (second.pk, "one"): "yes",
    }
    copy = own.judgments.get(form_token=unblinded.form_token)
    assert (copy.blind, copy.comment, copy.seconds) == (False, "hm", 3.0)
    assert own.answers.get(definition_version=version).words == "inferences"


def test_the_guests_own_rows_stand_no_longer_and_stay_as_history() -> None:
    make_criterion("one")
    user = make_user()
    own, guest, output = make_judge(user=user), make_judge("guest"), make_output()
    give(own, output, {"one": "no"})
    give(guest, output, {"one": "yes"})
    attach_guest(guest=guest, user=user)
    assert answers_of(guest) == {}
    assert guest.answers.count() == 1
    assert not guest.judgments.standing().exists()
    assert Judgment.objects.standing().count() == 1


def test_what_a_guest_undid_is_not_copied() -> None:
    make_criterion("one")
    user = make_user()
    own, guest, token = make_judge(user=user), make_judge("guest"), uuid.uuid4()
    give(guest, make_output(), {"one": "yes"}, form_token=token)
    undo_judgment(judge=guest, form_token=token)
    attach_guest(guest=guest, user=user)
    assert not own.judgments.exists()


def test_what_a_guest_was_shown_and_skipped_comes_along_once() -> None:
    user = make_user()
    own, guest = make_judge(user=user), make_judge("guest")
    first, second = make_output(), make_output()
    for judge, output in ((own, first), (guest, first), (guest, second)):
        reveal_answers(judge=judge, output=output)
        skip_output(judge=judge, output=output)
    attach_guest(guest=guest, user=user)
    for model in (Reveal, Skip):
        assert set(model.objects.filter(judge=own).values_list("output", flat=True)) == {
            first.pk,
            second.pk,
        }


def test_only_a_guest_can_be_attached() -> None:
    with pytest.raises(ValueError, match="Only a guest"):
        attach_guest(guest=make_judge(), user=make_user("bea"))


def test_a_first_form_that_is_sent_twice_comes_from_one_guest_and_only_from_its_browser(
    client: Client,
) -> None:
    def sent(secret: str | None) -> HttpRequest:
        request = HttpRequest()
        request.user = AnonymousUser()
        client.cookies.clear()
        request.session = client.session
        if secret:
            request.META["CSRF_COOKIE"] = secret
        return request

    token = uuid.uuid4()
    guest = judge_for(sent("of this browser"), token)
    assert judge_for(sent("of this browser"), token) == guest
    assert guest.guest_key != token
    others = {judge_for(sent(secret), token) for secret in ("of another", None, None)}
    assert len(others) == 3
    assert guest not in others
    assert {judge.kind for judge in others} == {JudgeKind.GUEST}


def test_two_windows_that_sign_in_at_once_lose_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other window's sign-in is through between this one's look and its lock."""
    guest, user = make_judge("guest"), make_user("bea")
    request = HttpRequest()
    request.session = client.session
    request.session[GUEST_KEY] = str(guest.guest_key)

    def attached_before(**names: Any) -> None:
        attach_guest(**names)
        attach_guest(**names)

    monkeypatch.setattr("evaluations.judgments.signals.attach_guest", attached_before)
    keep_what_the_guest_judged(request=request, user=user)
    guest.refresh_from_db()
    assert (guest.kind, guest.user) == ("person", user)


def test_signing_in_with_a_session_that_judged_as_a_guest(client: Client) -> None:
    make_criterion("one")
    user, guest, output = make_user(), make_judge("guest"), make_output()
    give(guest, output, {"one": "yes"})
    session = client.session
    session[GUEST_KEY] = str(guest.guest_key)
    session.save()
    assert client.login(username=user.username, password=PASSWORD)
    guest.refresh_from_db()
    assert (guest.kind, guest.user) == (JudgeKind.PERSON, user)
    assert GUEST_KEY not in client.session


def test_signing_in_without_having_judged_makes_no_judge(client: Client) -> None:
    user = make_user()
    session = client.session
    session[GUEST_KEY] = str(uuid.uuid4())
    session.save()
    assert client.login(username=user.username, password=PASSWORD)
    assert not Judge.objects.exists()


def test_signing_in_again_does_not_move_anything_twice(client: Client) -> None:
    make_criterion("one")
    user, guest, output = make_user(), make_judge("guest"), make_output()
    give(guest, output, {"one": "yes"})
    for _ in range(2):
        session = client.session
        session[GUEST_KEY] = str(guest.guest_key)
        session.save()
        assert client.login(username=user.username, password=PASSWORD)
        client.logout()
    assert Judge.objects.count() == 1
    assert Answer.objects.current().count() == 1


def test_signing_up_through_the_form_keeps_what_was_judged(client: Client) -> None:
    make_criterion("one")
    guest, output = make_judge("guest"), make_output()
    give(guest, output, {"one": "yes"})
    session = client.session
    session[GUEST_KEY] = str(guest.guest_key)
    session.save()
    response = client.post(
        "/accounts/signup/", {"username": "carla", "email": "", "password1": PASSWORD}
    )
    assert response.status_code == 302
    guest.refresh_from_db()
    assert guest.kind == JudgeKind.PERSON
    assert guest.user is not None
    assert guest.user.username == "carla"
