"""The item after the open one: held shortly on every judging page, given back on leaving."""

from typing import Any

import pytest
from django.test import Client

from evaluations.judgments.items import queue
from evaluations.judgments.models import Judge, Lease, ProtocolVersion
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)
from evaluations.judgments.tests.form import filled, hidden_fields, text_of
from evaluations.judgments.tests.pair_cast import press
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.queue_cast import drift, make_queue

pytestmark = pytest.mark.django_db

GIVE_BACK = "/judge/give-back/"


@pytest.fixture
def signed_in(client: Client) -> Client:
    user = make_user()
    make_judge(user=user)
    client.force_login(user)
    return client


def about_outputs() -> ProtocolVersion:
    return make_queue(3)


def about_pairs() -> ProtocolVersion:
    version = make_protocol(subject="pair")
    for _ in range(3):
        prompt = make_prompt()
        make_item(version, pair=(make_output(prompt=prompt), make_output(prompt=prompt)))
    return version


def about_prompts() -> ProtocolVersion:
    make_criterion("clear", level="prompt")
    version = make_protocol(subject="prompt", blocks=(make_block("clear", is_default=False),))
    for _ in range(3):
        make_item(version, prompt=make_prompt())
    return version


def held() -> tuple[int, int]:
    """Items held open, and held ahead."""
    found = Lease.objects.values_list("is_prefetch", flat=True)
    return list(found).count(False), list(found).count(True)


@pytest.fixture(params=[about_outputs, about_pairs, about_prompts])
def version(request: Any) -> ProtocolVersion:
    made: ProtocolVersion = request.param()
    return made


def opened(client: Client, version: ProtocolVersion) -> Any:
    place = {"output": "", "pair": "pair/", "prompt": "prompt/"}[version.subject]
    response = client.get(f"/judge/{place}?protocol=small", follow=True)
    assert response.status_code == 200
    return response


def test_every_judging_page_holds_the_next_item(
    signed_in: Client, version: ProtocolVersion
) -> None:
    response = opened(signed_in, version)
    assert held() == (1, 1)
    ahead = Lease.objects.get(is_prefetch=True)
    assert f'data-ahead="{ahead.token}"' in text_of(response)
    assert not drift(version)


def test_leaving_gives_back_what_was_held_ahead_only(
    signed_in: Client, version: ProtocolVersion
) -> None:
    opened(signed_in, version)
    now = Lease.objects.get(is_prefetch=False)
    ahead = Lease.objects.get(is_prefetch=True)
    assert signed_in.post(GIVE_BACK, {"lease": ahead.token}).status_code == 204
    assert signed_in.post(GIVE_BACK, {"lease": now.token}).status_code == 204
    assert Lease.objects.get() == now
    assert not drift(version)
    # A reload shows the same item again.
    response = opened(signed_in, version)
    assert hidden_fields(response)["lease"] == str(now.token)


def test_an_item_that_was_opened_meanwhile_stays_held() -> None:
    version, judge = make_queue(3), make_judge()
    first = queue.next_item(version, judge)
    ahead = queue.prefetch(version, judge, after=first.item)
    queue.next_item(version, judge, after=first.item)
    queue.release_prefetched(token=ahead.token, judge=judge)
    assert held() == (2, 0)


def test_nobody_gives_back_what_another_holds(signed_in: Client) -> None:
    version, judge = make_queue(3), make_judge()
    ahead = queue.prefetch(version, judge, after=queue.next_item(version, judge).item)
    assert signed_in.post(GIVE_BACK, {"lease": ahead.token}).status_code == 204
    assert signed_in.post(GIVE_BACK, {"lease": "no token"}).status_code == 204
    assert signed_in.get(GIVE_BACK).status_code == 405
    assert held() == (1, 1)


def test_giving_back_needs_the_secret_of_the_page(signed_in: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Judge.objects.get().user)
    assert strict.post(GIVE_BACK, {"lease": "x"}).status_code == 403


def test_the_pair_held_ahead_comes_next(signed_in: Client) -> None:
    version = about_pairs()
    response = opened(signed_in, version)
    ahead = Lease.objects.get(is_prefetch=True)
    url = response.redirect_chain[-1][0]
    coming = press(signed_in, url, "tie", htmx=True)
    assert hidden_fields(coming)["lease"] == str(ahead.token)


def test_the_prompt_held_ahead_comes_next(signed_in: Client) -> None:
    version = about_prompts()
    response = opened(signed_in, version)
    ahead = Lease.objects.get(is_prefetch=True)
    url = response.redirect_chain[-1][0]
    form = filled(response, clear="yes")
    coming = signed_in.post(url, form, headers={"HX-Request": "true"})
    assert hidden_fields(coming)["lease"] == str(ahead.token)
    assert not drift(version)
