"""What guests send does not use up a queue: places, and what one address holds at once."""

import threading
import uuid

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from evaluations.judgments.answers.actions import Served, submit_judgment
from evaluations.judgments.items import serving
from evaluations.judgments.items.crowds import MOST_HELD
from evaluations.judgments.items.queue import lease_on, next_item
from evaluations.judgments.items.skips import skip_item
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import (
    GuestCheck,
    Item,
    Judge,
    Judgment,
    Lease,
    ProtocolVersion,
    Way,
)
from evaluations.judgments.tests.cast import make_block, make_criterion, make_judge, make_user
from evaluations.judgments.tests.form import filled, hidden_fields, text_of
from evaluations.judgments.tests.queue_cast import drift, finish, make_queue

pytestmark = pytest.mark.django_db


def held_back(
    item: Item,
    check: str = GuestCheck.HELD_BACK,
    way: str = Way.SERVED,
    judge: Judge | None = None,
) -> Judgment:
    """A new guest finishes an item, beyond the allowance of their address."""
    (judgment,) = submit_judgment(
        judge=judge or make_judge("guest"),
        output=item.output,
        holistic="yes",
        form_token=uuid.uuid4(),
        served=Served(
            item=item, page="holistic", position=1, finishes=True, guest_check=check, way=way
        ),
    )
    return judgment


def done(version: ProtocolVersion) -> int:
    assert drift(version) == []
    return sum(version.items.values_list("done", flat=True))


@pytest.mark.parametrize(
    ("check", "access", "fills"),
    [
        (GuestCheck.COUNTED, "anyone", 1),
        (GuestCheck.HELD_BACK, "anyone", 0),
        (GuestCheck.COULD_NOT_CHECK, "anyone", 0),
        (GuestCheck.COUNTED, "signed-in", 0),
    ],
)
def test_what_is_not_counted_fills_no_place_until_its_guest_signs_up(
    check: str, access: str, fills: int
) -> None:
    for has_judged in (False, True):
        version = make_queue(items=1, slug=f"small-{has_judged}", access=access)
        item, user = version.items.get(), make_user(f"ada-{has_judged}")
        if has_judged:
            make_judge(user=user)
        judgment = held_back(item, check)
        assert done(version) == fills
        attach_guest(guest=judgment.judge, user=user)
        assert done(version) == 1


def test_places_that_others_filled_meanwhile_stay_theirs() -> None:
    version = make_queue(items=1, judges_per_item=1)
    item = version.items.get()
    judgment = held_back(item)
    finish(item, make_judge())
    attach_guest(guest=judgment.judge, user=make_user())
    judgment.refresh_from_db()
    assert (done(version), judgment.is_surplus) == (1, True)


def test_an_address_without_allowance_leaves_the_queue_open(settings: Settings) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 20
    version = make_queue(items=30, judges_per_item=3)
    told = ""
    for _ in range(45):
        client = Client()
        page = client.get("/judge/?protocol=small", follow=True)
        url = page.redirect_chain[-1][0]
        saved = client.post(url, filled(page, holistic="yes"), headers={"HX-Request": "true"})
        assert saved.status_code == 200
        assert hidden_fields(saved)["form_token"], "the next one comes all the same"
        told = text_of(saved)
    assert Judgment.objects.count() == 45
    assert done(version) == 20
    assert Lease.objects.count() == MOST_HELD
    assert f"Guests at your address hold {MOST_HELD} items" in told
    assert "One can be held again from" in told
    client = Client()
    client.force_login(make_user())
    assert "Held for you until" in text_of(client.get("/judge/?protocol=small", follow=True))


def test_who_holds_nothing_is_not_served_what_they_finished() -> None:
    version = make_queue(items=2)
    guest = make_judge("guest")
    guest.address = "here"
    first, second = version.items.all()
    for item in make_queue(items=MOST_HELD, slug="other").items.all():
        other = make_judge("guest")
        other.address = "here"
        assert lease_on(item, other)
    assert lease_on(first, guest) is None
    finish(first, guest)
    assert serving.next_item(version, guest, after=first) == (second, None)
    assert serving.next_item(version, guest) == (second, None)


def test_one_judge_holds_a_few_items_by_opening_their_addresses() -> None:
    judge = make_judge()
    items = make_queue(items=9).items.all()
    assert [lease_on(item, judge) is not None for item in items] == (
        [True] * MOST_HELD + [False] * (9 - MOST_HELD)
    )


@pytest.mark.parametrize(("way", "fills"), [(Way.SERVED, 1), (Way.UNKNOWN, 1), (Way.CHOSEN, 0)])
def test_what_was_chosen_fills_no_place(way: str, fills: int) -> None:
    version = make_queue(items=1)
    judgment = held_back(version.items.get(), GuestCheck.COUNTED, way)
    assert (done(version), judgment.is_surplus) == (fills, not fills)
    attach_guest(guest=judgment.judge, user=make_user("ada"))
    assert done(version) == fills, "nor once they sign up"


def test_who_corrects_what_was_served_to_them_keeps_its_place() -> None:
    version = make_queue(items=1)
    judge = make_judge()
    held_back(version.items.get(), way=Way.SERVED, judge=judge)
    assert held_back(version.items.get(), way=Way.CHOSEN, judge=judge).way == Way.SERVED
    assert done(version) == 1


@pytest.mark.parametrize(
    ("kind", "way", "fills"),
    [("person", Way.SERVED, 1), ("person", Way.CHOSEN, 0), ("guest", Way.SERVED, 0)],
)
def test_a_skip_is_a_turn_of_who_was_served_and_has_an_account(
    kind: str, way: str, fills: int
) -> None:
    version = make_queue(items=1, skip_policy="counts")
    judge = make_judge("guest") if kind == "guest" else make_judge()
    skip_item(item=version.items.get(), judge=judge, way=way)
    assert done(version) == fills


def test_what_goes_on_with_a_chosen_output_is_chosen_too(client: Client) -> None:
    make_criterion("one")
    version = make_queue(items=1, blocks=(make_block("one"),))
    client.force_login(make_user())
    url = f"/judge/{version.items.get().output_id}/?protocol=small"
    for answers in ({"one": "yes"}, {"holistic": "yes"}):
        page = client.get(url)
        assert client.post(url, filled(page, **answers)).status_code in (302, 303)
    assert list(Judgment.objects.values_list("way", flat=True)) == ["chosen"] * 2
    assert done(version) == 0


@pytest.mark.django_db(transaction=True)
def test_guests_of_one_address_who_come_at_once_hold_no_more_than_it_may() -> None:
    version = make_queue(items=3 * MOST_HELD, judges_per_item=1)
    ready, errors = threading.Barrier(2 * MOST_HELD), []

    def claim(guest: Judge, item: Item) -> None:
        guest.address = "here"
        try:
            ready.wait()
            if guest.pk % 2:
                next_item(version, guest)
            else:
                lease_on(item, guest)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    guests = [make_judge("guest") for _ in range(2 * MOST_HELD)]
    threads = [
        threading.Thread(target=claim, args=(guest, item))
        for guest, item in zip(guests, version.items.all(), strict=False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Lease.objects.count() == MOST_HELD
