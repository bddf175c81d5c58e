"""A fork whose statement was changed speaks in its writer's name wherever it stands."""

import pytest
from django.test import Client

from evaluations.definitions.actions import publish_version
from evaluations.definitions.models import Definition
from evaluations.definitions.tests.cast import provenance, wording
from evaluations.definitions.workshop_actions import curate_definition, found_definition
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_output,
    make_user,
)

pytestmark = pytest.mark.django_db

NAME, WRITER = "Ada&#x27;s (fork)", "ada, after Ross Taylor"


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return " ".join(response.content.decode().split())


@pytest.fixture
def fork() -> Definition:
    make_criterion("one")
    source = make_definition("taylor", "one", name="Taylor", author="Ross Taylor")
    # Whatever the form says of the source, these are other words.
    draft = found_definition(
        owner=make_user("ada", is_staff=True),
        provenance=provenance(name="Ada's"),
        wording=wording(rule="one", statement="guessing"),
        slug="adas",
        forked_from=source,
    )
    publish_version(version=draft)
    make_output()
    return draft.definition


def test_every_page_names_the_writer_and_says_fork(client: Client, fork: Definition) -> None:
    assert fork.owner is not None
    curate_definition(definition=fork, actor=fork.owner, curated=True)
    for url, said in (
        ("/definitions/adas/", (f"<h1>{NAME}</h1>", f"{WRITER}. Rule: By What", "guessing")),
        ("/definitions/adas/v/1/", (NAME, WRITER)),
        ("/definitions/", (NAME, WRITER)),
        ("/definitions/compare/?a=taylor&b=adas", (NAME, WRITER)),
        ("/leaderboards/adas/", (f"<h1>{NAME}</h1>", f"Leaderboard “{NAME}”", WRITER)),
        ("/leaderboards/", (NAME,)),
        ("/leaderboards/adas.csv", ("Ada's (fork)",)),
        ("/leaderboards.csv", ("Ada's (fork)",)),
    ):
        page = text(client, url)
        for words in said:
            assert words in page, (url, words)
        for gone in ("“guessing”", "A talk", "2025", "example.org", "wording read"):
            assert gone not in page, (url, gone)
    assert "Ross Taylor" in text(client, "/definitions/taylor/")


def test_files_say_whose_words_they_are_and_what_was_forked(
    client: Client, fork: Definition
) -> None:
    found = client.get("/definitions.json").json()["definitions"]
    (row,) = [each for each in found if each["slug"] == "adas"]
    asked = ("name", "author", "year", "source", "link", "verification", "quoted", "forked_from")
    assert tuple(row[name] for name in asked) == (
        "Ada's (fork)", WRITER, None, "", None, None, False, "taylor",
    )  # fmt: skip
    assert f'adas,Ada\'s (fork),1,definition,False,taylor,"{WRITER}",,,,' in text(
        client, "/definitions.csv"
    )
