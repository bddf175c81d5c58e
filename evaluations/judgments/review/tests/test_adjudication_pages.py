"""The pages of deciding: two judges part, a third person decides, one item after another."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.judgments.answers.marks import MarkDraft
from evaluations.judgments.models import Adjudication, Answer, Item, Judge, ProtocolVersion, Reveal
from evaluations.judgments.tests.cast import make_judge, make_output, make_prompt, make_user
from evaluations.judgments.tests.form import chosen, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.review_cast import judged, make_judged_protocol, serve

pytestmark = pytest.mark.django_db

NEXT = "/protocols/small/adjudicate/"


@pytest.fixture
def judges() -> tuple[Judge, Judge]:
    return make_judge(), make_judge()


@pytest.fixture
def protocol(judges: tuple[Judge, Judge]) -> tuple[ProtocolVersion, list[Item]]:
    version, items = make_judged_protocol()
    judged(judges[0], items, "yyny", "yyyy")
    judged(judges[1], items, "ynnp", "yyyy")
    return version, items


@pytest.fixture
def moderator(client: Client, protocol: tuple[ProtocolVersion, list[Item]]) -> Client:
    client.force_login(make_user("moderator", role="moderator"))
    return client


def seen(response: HttpResponse) -> str:
    found = re.search(r'name="seen" value="(\w+)"', text_of(response))
    assert found is not None
    return found[1]


def url_of(item: Item) -> str:
    return f"{NEXT}{item.pk}/"


def decide(client: Client, item: Item, **fields: str) -> HttpResponse:
    data = {
        "seen": seen(client.get(url_of(item))),
        "answer-sound": "no",
        "reason-sound": "slip",
        "note-sound": "",
    }
    return client.post(url_of(item), data | fields)


def test_others_than_owner_staff_and_moderators_read_who_may(
    client: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    version, items = protocol
    people = (
        (None, 403),
        (make_user("stranger"), 403),
        (make_user("researcher", role="researcher"), 403),
        (make_user("mod", role="moderator"), 200),
        (make_user("staff", is_staff=True), 200),
        (version.protocol.owner, 200),
    )
    for user, status in people:
        client.logout()
        if user:
            client.force_login(user)
        response = client.get(url_of(items[1]))
        assert response.status_code == status
        assert client.get(NEXT).status_code == (302 if status == 200 else 403)
        if status == 403:
            assert "decided by its owner, by moderators" in text_of(response)
            assert client.post(url_of(items[1])).status_code == 403
    assert client.get(f"{NEXT}{items[-1].pk + 100}/").status_code == 404


def test_two_judges_and_an_adjudicator_complete_a_protocol(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    _, items = protocol
    worst, mild = items[1], items[3]
    answers = list(Answer.objects.order_by("pk").values())
    response = moderator.get(NEXT)
    assert response.url == url_of(worst)
    page = text_of(moderator.get(response.url))
    assert 'data-criterion="sound"' in page
    assert 'data-criterion="short"' not in page
    response = decide(moderator, worst, **{"note-sound": "The second premise is missing."})
    assert response.status_code == 303
    response = moderator.get(response.url)
    assert response.url == url_of(mild)
    response = decide(
        moderator, mild, **{"answer-sound": "partly", "reason-sound": "real-disagreement"}
    )
    page = text_of(moderator.get(response.url))
    assert "Nothing waits for a decision" in page
    assert "Decided: 1 question on output" in page
    made = list(Adjudication.objects.order_by("pk").values_list("item", "value", "reason", "note"))
    assert made == [
        (worst.pk, "no", "slip", "The second premise is missing."),
        (mild.pk, "partly", "real-disagreement", ""),
    ]
    assert list(Answer.objects.order_by("pk").values()) == answers


def test_answers_stand_side_by_side_without_names(
    moderator: Client,
    protocol: tuple[ProtocolVersion, list[Item]],
    judges: tuple[Judge, Judge],
) -> None:
    item = protocol[1][1]
    guest = make_judge("guest")
    serve(guest, item, {"sound": "partly"})
    mark = MarkDraft(part="trace", start=0, end=8, criterion="sound")
    serve(judges[0], item, {"sound": "yes"}, comment="I read it twice.", marks=[mark])
    response = moderator.get(url_of(item))
    page = text_of(response)
    head = re.search(r"<thead><tr>(.*?)</tr></thead>", page)
    assert head is not None
    assert re.findall(r">([^<]+)</th>", head[1]) == ["Question", "Judge 1", "Judge 2"]
    row = page.partition("sound <span")[2].partition("</tr>")[0]
    assert sorted(re.findall(r"</svg>\s*(\w+)</td>", row)) == ["no", "yes"]
    assert "I read it twice." in page
    assert "<q hx-ignore>The lamp</q>" in page
    for judge in judges:
        assert judge.user.get_username() not in page
    assert item.output.run.model.name not in page
    assert 'src="/static/judging.js"' in page
    assert chosen(response) == {}
    with_guests = text_of(moderator.get(url_of(item) + "?guests=1"))
    assert "Judge 3" in with_guests


def test_judges_still_to_come_are_announced(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    blocks = tuple(protocol[0].blocks.all())
    item = make_item(make_protocol("three", blocks=blocks, judges_per_item=3), make_output())
    for value in ("yes", "no"):
        serve(make_judge(), item, {"sound": value})
    page = text_of(moderator.get(f"/protocols/three/adjudicate/{item.pk}/"))
    assert "1 of 3 judges still to come" in page


def test_a_decision_needs_its_reason_and_what_was_typed_stays(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    item = protocol[1][1]
    response = decide(moderator, item, **{"reason-sound": "", "note-sound": "kept words"})
    assert response.status_code == 422
    assert "Say why the judges part." in text_of(response)
    assert "kept words" in text_of(response)
    assert '<a href="#id_reason-sound">sound</a>: Say why' in text_of(response)
    assert 'id="id_reason-sound"' in text_of(response)
    assert chosen(response) == {"answer-sound": "no"}
    response = decide(moderator, item, **{"answer-sound": ""})
    assert response.status_code == 422
    decide_first = "Decide, or leave reason and note empty."
    assert f'<a href="#answer-sound-yes">sound</a>: {decide_first}' in text_of(response)
    response = decide(moderator, item, **{"answer-sound": "", "reason-sound": ""})
    assert "Decide at least one question" in text_of(response)
    assert not Adjudication.objects.exists()


def test_what_changed_meanwhile_is_a_409_that_keeps_what_was_typed(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    item = protocol[1][1]
    opened = seen(moderator.get(url_of(item)))
    serve(make_judge(), item, {"sound": "partly"})
    data = {"seen": opened, "answer-sound": "no", "reason-sound": "slip", "note-sound": "mine"}
    response = moderator.post(url_of(item), data)
    assert response.status_code == 409
    assert "Since you opened this" in text_of(response)
    assert "mine" in text_of(response)
    assert chosen(response) == {"answer-sound": "no"}
    assert not Adjudication.objects.exists()
    assert moderator.post(url_of(item), data | {"seen": seen(response)}).status_code == 303
    stale = moderator.post(url_of(item), data | {"seen": seen(response), "answer-sound": "yes"})
    assert stale.status_code == 409
    assert Adjudication.objects.get().value == "no"


def test_a_decision_can_be_changed_and_the_page_says_there_was_one(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    item = protocol[1][1]
    decide(moderator, item)
    response = moderator.get(url_of(item))
    assert chosen(response) == {"answer-sound": "no"}
    assert "Decided by moderator on" in text_of(response)
    decide(moderator, item, **{"answer-sound": "yes"})
    assert "after 1 earlier decision." in text_of(moderator.get(url_of(item)))
    assert Adjudication.objects.count() == 2


def test_who_opens_the_page_is_no_longer_blind(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    item = protocol[1][1]
    moderator.head(url_of(item))
    assert not Reveal.objects.exists()
    moderator.get(url_of(item))
    reveal = Reveal.objects.get()
    assert (reveal.output, reveal.judge.user.get_username()) == (item.output, "moderator")


def test_leaving_one_for_later_goes_on_to_the_next(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    worst, mild = protocol[1][1], protocol[1][3]
    assert f'href="{NEXT}?after={worst.pk}"' in text_of(moderator.get(url_of(worst)))
    assert moderator.get(f"{NEXT}?after={worst.pk}").url == url_of(mild)
    assert moderator.get(f"{NEXT}?after={'9' * 30}").url == url_of(worst)


def test_a_prompt_alone_and_agreement_have_their_page_and_pairs_none(moderator: Client) -> None:
    prompt = make_prompt(text="A riddle about lamps.")
    about = make_item(make_protocol("prompts", subject="prompt"), prompt=prompt)
    page = text_of(moderator.get(f"/protocols/prompts/adjudicate/{about.pk}/"))
    assert "A riddle about lamps." in page
    assert "Nobody whose answers count has judged it yet." in page
    assert "nothing to decide" in page
    pair = make_item(
        make_protocol("pairs", subject="pair"),
        pair=(make_output(prompt=prompt), make_output(prompt=prompt)),
    )
    assert moderator.get(f"/protocols/pairs/adjudicate/{pair.pk}/").status_code == 404
    assert moderator.get("/protocols/pairs/adjudicate/").status_code == 200


def test_queries_do_not_grow_with_judges(
    moderator: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    item = protocol[1][1]
    moderator.get(url_of(item))
    with CaptureQueriesContext(connection) as few:
        moderator.get(url_of(item))
    for value in ("yes", "no", "partly", "cannot-tell"):
        serve(make_judge(), item, {"sound": value, "short": value}, comment="So.")
    with CaptureQueriesContext(connection) as many:
        moderator.get(url_of(item))
    assert len(many) == len(few) <= 25
