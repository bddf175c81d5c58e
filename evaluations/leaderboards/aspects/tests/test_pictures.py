"""A board as a picture and in a frame: the same numbers, and nothing that a frame should not do."""

import re
import struct
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.test import Client

from evaluations.common.cards import CARD
from evaluations.common.pictures import FONT
from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_run,
    make_user,
)
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def version() -> DefinitionVersion:
    for key in ("one", "two"):
        make_criterion(key)
    return make_definition("taylor", {"all": ["one", "two"]})


@pytest.fixture
def judged(version: DefinitionVersion) -> None:
    judge = make_judge()
    for slug, values in (("ape", "yes yes no"), ("bee", "no no no"), ("<i>", "yes no no")):
        run = make_run(make_model(slug.strip("<>"), name=slug))
        for value in values.split():
            give(judge, make_output(run=run), dict.fromkeys(("one", "two"), value))


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height that the head of a PNG file says."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_chart_says_what_the_board_says(client: Client, judged: None) -> None:
    response = client.get("/leaderboards/taylor.svg")
    assert response["Content-Type"].startswith("image/svg+xml")
    drawn = ET.fromstring(response.content)
    words = [" ".join("".join(text.itertext()).split()) for text in drawn.iter(f"{SVG}text")]
    page = client.get("/leaderboards/taylor/").content.decode()
    for row in client.get("/leaderboards/taylor.json").json()["rows"]:
        share, low, high = (f"{100 * row[name]:.0f}" for name in ("share", "low", "high"))
        assert any(f"{share}% ({low} to {high}), n {row['n']}" in word for word in words)
        assert f"{low}% to {high}%" in page
    assert any(word.startswith("<i>, ") for word in words), "names are text, not markup"
    assert any("testserver/leaderboards/taylor/, judgments as of" in word for word in words)
    assert not list(drawn.iter(f"{SVG}style")), "nothing that a policy would refuse"
    assert not list(drawn.iter(f"{SVG}script"))


def words_in(svg: bytes) -> list[str]:
    """The texts of an SVG file, which holds nothing that a policy would refuse."""
    drawn = ET.fromstring(svg)
    assert not list(drawn.iter(f"{SVG}style"))
    assert not list(drawn.iter(f"{SVG}script"))
    return [" ".join("".join(text.itertext()).split()) for text in drawn.iter(f"{SVG}text")]


def test_curves_are_files_that_say_what_the_page_says(
    client: Client, version: DefinitionVersion
) -> None:
    judge = make_judge()
    for slug, tokens in (("ape", 20), ("bee", 300)):
        run = make_run(make_model(slug, name=slug))
        for value in ("yes", "no"):
            output = make_output(run=run, tokens_out=tokens)
            give(judge, output, dict.fromkeys(("one", "two"), value))
    response = client.get("/leaderboards/taylor/curves.svg?chart=share&judges=guests")
    assert response["Content-Type"].startswith("image/svg+xml")
    words = words_in(response.content)
    page = client.get("/leaderboards/taylor/curves/?judges=guests").content.decode()
    assert any(word.startswith("1. ape") and word[3:] in page for word in words)
    assert "tokens an output, in equal factors" in words
    assert any("testserver/leaderboards/taylor/curves/" in word for word in words)
    for form in ("svg", "png"):
        href = f"/leaderboards/taylor/curves.{form}?chart=share&amp;judges=guests"
        assert f'href="{href}"' in page
    assert client.get("/leaderboards/taylor/curves.svg?chart=pass").status_code == 404
    assert client.get("/leaderboards/taylor/curves.svg?chart=other").status_code == 404


def test_places_under_two_definitions_are_files(client: Client, judged: None) -> None:
    make_definition("peirce", {"any": ["one", "two"]})
    query = "?a=taylor&b=peirce"
    assert client.get("/leaderboards/between.svg?a=taylor&b=nobody").status_code == 404
    words = words_in(client.get(f"/leaderboards/between.svg{query}").content)
    assert {"Name of taylor", "Name of peirce"} <= set(words)
    rows = client.get(f"/leaderboards/between.json{query}").json()["rows"]
    assert len(rows) == 3
    for row in rows:
        assert f"{100 * row['one_share']:.0f}%" in words
    assert any(word.startswith("1. ape, ") for word in words)
    page = client.get(f"/leaderboards/between/{query}").content.decode()
    assert f'href="/leaderboards/between.png{query.replace("&", "&amp;")}"' in page


def test_pictures_have_their_sizes_and_their_font(client: Client, judged: None) -> None:
    assert FONT.is_file()
    assert (FONT.parent / "DejaVuSans-LICENSE.txt").is_file()
    response = client.get("/leaderboards/taylor.png")
    assert response["Content-Type"] == "image/png"
    assert size_of(response.content)[0] == 1440
    card = client.get("/leaderboards/taylor/card.png").content
    assert size_of(card) == CARD
    other = client.get("/leaderboards/taylor/card.png?model=ape").content
    assert size_of(other) == CARD
    assert other != card, "the choices of the address are drawn"


def test_a_link_shows_the_sentence_and_the_picture(client: Client, judged: None) -> None:
    page = client.get("/leaderboards/taylor/?judges=guests").content.decode()
    found = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))
    assert found["image"] == "http://testserver/leaderboards/taylor/card.png?judges=guests"
    assert found["description"].startswith("Under Name of taylor, ")
    assert 'href="/leaderboards/taylor.svg?judges=guests"' in page
    assert 'href="/leaderboards/taylor.png?judges=guests"' in page
    assert "/leaderboards/taylor/embed/?judges=guests" in page


def test_only_the_embed_may_stand_in_a_frame(client: Client, judged: None) -> None:
    response = client.get("/leaderboards/taylor/embed/")
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'none'" in policy
    assert "X-Frame-Options" not in response
    assert not response.cookies
    page = response.content.decode()
    assert "<script" not in page
    assert "csrf" not in page
    links = re.findall(r"<a [^>]+>", page)
    assert links
    assert all('target="_blank" rel="noopener"' in link for link in links)
    for path in ("/leaderboards/taylor/", "/leaderboards/", "/"):
        framed = client.get(path)
        assert "frame-ancestors 'none'" in framed["Content-Security-Policy"], path
        assert framed["X-Frame-Options"] == "DENY", path


def test_an_embed_without_data_says_so(client: Client, version: DefinitionVersion) -> None:
    make_output()
    assert "Not asked yet" in client.get("/leaderboards/taylor/embed/").content.decode()
    assert client.get("/leaderboards/taylor.svg").status_code == 200
    missing = client.get("/leaderboards/nobody/embed/")
    assert missing.status_code == 404
    assert_is_frame(missing, "There is nothing here")


def assert_is_frame(response: Any, words: str) -> None:
    """A page for a frame, and no page of the site itself, which none may hold."""
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    page = response.content.decode()
    assert words in page
    assert "<script" not in page
    assert "<form" not in page
    assert "<nav" not in page


def test_choices_that_cannot_be_read_are_said_in_the_frame(client: Client, judged: None) -> None:
    response = client.get("/leaderboards/taylor/embed/?since=x")
    assert response.status_code == 422
    assert_is_frame(response, "These choices cannot be read")
    assert "Judged since" not in response.content.decode(), "no form in a frame"
    assert client.get("/leaderboards/taylor/?since=x").status_code == 422


def test_queries_do_not_grow_with_rows(client: Client, version: DefinitionVersion) -> None:
    def grow(n: int) -> None:
        give(make_judge(), make_output(run=make_run(make_model(f"m{n}"))), {"one": "yes"})

    paths = ["/leaderboards/taylor/embed/", "/leaderboards/taylor.svg"]
    assert_queries_do_not_grow(client, paths, grow)


@pytest.mark.parametrize("form", ["svg", "embed"])
def test_a_picture_narrowed_to_what_is_not_public_is_drawn_for_who_reads_it(
    client: Client, judged: None, form: str
) -> None:
    owner = make_user("own", role="researcher")
    run = Run.objects.get(model__slug="ape")
    Run.objects.filter(pk=run.pk).update(visibility="private", launched_by=owner)
    path = "/leaderboards/taylor.svg" if form == "svg" else "/leaderboards/taylor/embed/"
    query = f"?run={run.pk}&chosen=1"
    client.force_login(owner)
    (row,) = client.get(f"/leaderboards/taylor.json{query}").json()["rows"]
    answered = client.get(f"{path}{query}")
    assert "Cookie" in answered["Vary"], "no cache gives it to others"
    drawn = answered.content.decode()
    assert "ape" in drawn
    assert f"{100 * row['share']:.0f}%" in drawn
    assert "ape" not in client.get(f"{path}?chosen=1").content.decode()
    client.logout()
    assert client.get(f"{path}{query}").status_code == 404
