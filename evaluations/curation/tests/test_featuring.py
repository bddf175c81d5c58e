"""Chosen for the front page once, and taken off again for a reason that everybody reads."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.curation.actions import FEATURED_WHEN, CollectionRefused, feature, unfeature
from evaluations.curation.models import Collection
from evaluations.curation.tests.cast import make_shown
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
EVERY = set(FEATURED_WHEN)
CHOSEN = "was chosen for the front page"


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


@pytest.fixture
def made(mod: User) -> Collection:
    found = make_shown(make_user("ada"))
    return feature(collection=found, actor=mod, ticked=EVERY, sentence="It is clear.")


def test_a_second_sending_is_the_first_and_another_choice_is_refused(
    made: Collection, mod: User, request: pytest.FixtureRequest
) -> None:
    logged = list[str]()

    def note(verb: str, **_: object) -> None:
        logged.append(verb)

    decided.connect(note)
    request.addfinalizer(lambda: decided.disconnect(note))
    again = feature(collection=made, actor=mod, ticked=EVERY, sentence="It is clear.")
    assert again.featured_at == made.featured_at
    other = make_user("fair", role="moderator")
    with pytest.raises(CollectionRefused, match="featured already"):
        feature(collection=made, actor=other, ticked=EVERY, sentence="I like it.")
    assert logged == []
    unfeature(collection=made, actor=other, sentence="It lost its case against itself.")
    assert logged == ["unfeature"]


def test_a_moderator_takes_it_off_on_the_page_and_readers_may_ask_for_that(
    client: Client, made: Collection, mod: User
) -> None:
    path = made.get_absolute_url()
    page = client.get(path).content.decode()
    assert f'id="reconsider" href="/flag/collection/{made.pk}/"' in page
    assert 'id="unfeature"' not in page
    client.force_login(mod)
    page = client.get(path).content.decode()
    assert 'id="unfeature"' in page
    assert 'id="feature"' not in page
    sent = {"press": "unfeature", "sentence": " "}
    refused = client.post(f"{path}feature/", sent)
    assert refused.status_code == 409
    assert "why it is featured no more" in refused.content.decode()
    sent["sentence"] = "It lost its case against itself."
    assert CHOSEN in client.get("/feed/").content.decode()
    assert client.post(f"{path}feature/", sent).status_code == 302
    made.refresh_from_db()
    assert (made.featured_at, made.visibility) == (None, "public")
    twice = client.post(f"{path}feature/", sent)
    assert twice.status_code == 409
    assert f'value="{sent["sentence"]}"' not in twice.content.decode()
    assert CHOSEN not in client.get("/feed/").content.decode()
    log = client.get("/moderation/").content.decode()
    assert sent["sentence"] in log
    client.force_login(make_user("bob"))
    assert client.post(f"{path}feature/", sent).status_code == 403
