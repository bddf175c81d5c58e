"""Pairs of a protocol: skips by its policy, a page a definition, what was withdrawn."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.definitions.models import Definition
from evaluations.judgments.models import Comparison
from evaluations.judgments.tests.cast import make_criterion, make_definition, make_user
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.pair_cast import PAGE, address, pair, press, sides
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db
__all__ = ["pair"]


@pytest.mark.parametrize(("policy", "done"), [("others", 0), ("counts", 1), ("later", 0)])
def test_a_skip_in_a_protocol_follows_its_policy(
    client: Client, pair: tuple[Output, Output], policy: str, done: int
) -> None:
    version = make_protocol(subject="pair", skip_policy=policy, judges_per_item=5)
    item = make_item(version, pair=pair)
    client.force_login(make_user())
    url = client.get(f"{PAGE}?protocol=small")["Location"]
    for _ in range(2):
        client.post(url.replace("/pair/", "/pair/skip/"))
        item.refresh_from_db()
        # With nothing else left, a pair for later is served again at once.
        assert (item.done, item.leased) == (done, 1 if policy == "later" else 0)
    again = client.get(f"{PAGE}?protocol=small")
    assert again.status_code == (302 if policy == "later" else 200)


def test_a_pair_that_was_withdrawn_is_not_served_to_whoever_held_it(
    client: Client, pair: tuple[Output, Output]
) -> None:
    make_item(make_protocol(subject="pair"), pair=pair)
    client.force_login(make_user())
    assert client.get(f"{PAGE}?protocol=small").status_code == 302
    Output.objects.filter(pk=pair[0].pk).update(withdrawn_at=timezone.now())
    assert "No pairs to compare yet" in text_of(client.get(f"{PAGE}?protocol=small"))


def test_a_definition_is_shown_with_or_without_name_and_source(
    client: Client, pair: tuple[Output, Output]
) -> None:
    make_criterion("one")
    version = make_definition(
        "taylor", {"all": ["one"]}, name="Taylor as quoted", author="R. Taylor"
    )
    Definition.objects.update(source="A book")
    open_body = text_of(client.get(address(pair, "direct=taylor")))
    assert "Which fits this statement better?" in open_body
    for named in ("Statement of taylor.", "Taylor as quoted", "R. Taylor", "A book"):
        assert named in open_body
    protocol = make_protocol(subject="pair", definitions=(version,), shows_source=False)
    item = make_item(protocol, pair=pair)
    hidden_body = text_of(client.get(f"{PAGE}?protocol=small&item={item.pk}"))
    assert "Statement of taylor." in hidden_body
    for named in ("Taylor as quoted", "R. Taylor", "A book"):
        assert named not in hidden_body


def test_a_protocol_asks_a_page_a_definition_and_then_is_done(
    client: Client, pair: tuple[Output, Output]
) -> None:
    make_criterion("one")
    definitions = tuple(make_definition(slug, {"all": ["one"]}) for slug in ("a", "b"))
    make_item(make_protocol(subject="pair", definitions=definitions), pair=pair)
    client.force_login(make_user())
    url = client.get(f"{PAGE}?protocol=small")["Location"]
    first = client.get(url)
    assert "page 1 of 2" in text_of(first)
    assert "Held for you until" in text_of(first)
    response = press(client, url, "left")
    assert response["Location"] == url
    second = client.get(url)
    assert "page 2 of 2" in text_of(second)
    assert not re.search(r"/outputs/\d", text_of(second))
    assert sides(second) == sides(first)
    response = press(client, url, "right")
    assert Comparison.objects.filter(finishes_item=True).count() == 1
    done = text_of(client.get(response["Location"]))
    assert "You have compared every pair here" in done
    back = client.post(
        "/judge/pair/undo/?protocol=small",
        {"form_token": str(Comparison.objects.latest("id").form_token)},
    )
    assert back["Location"].startswith(url)
    assert "page 2 of 2" in text_of(client.get(back["Location"]))
