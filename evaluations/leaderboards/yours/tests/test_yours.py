"""“Which definition is yours?”: figures against a reckoning, the page, and what is shown."""

import random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.me.leave import leave
from evaluations.judgments.models import Judge, Reveal
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_run,
    make_user,
)
from evaluations.leaderboards.models import ShownDefinition
from evaluations.leaderboards.tests.reckoning import verdict
from evaluations.leaderboards.yours.calls import FEWEST, calls_of, closest_of, definitions_for
from evaluations.leaderboards.yours.settling import settling, spoilt_for
from evaluations.measures.intervals import wilson
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db

PAGE = "/judge/me/definition/"
RULES: dict[str, Any] = {"left": "a", "right": "b", "both": {"all": ["a", "b"]}}


@pytest.fixture
def versions() -> dict[str, DefinitionVersion]:
    for key in ("a", "b", "c"):
        make_criterion(key)
    return {slug: make_definition(slug, rule) for slug, rule in RULES.items()}


@pytest.fixture
def judge() -> Judge:
    return make_judge(user=make_user())


def called(judge: Judge, said: str, **answers: str) -> Output:
    output = make_output()
    give(judge, output, answers, holistic=said)
    return output


def leaning_left(judge: Judge) -> list[Output]:
    """Twelve calls: as `left` says on all but the last, as `right` says on six."""
    found = []
    for number in range(12):
        left, right = ("yes", "no") if number % 2 else ("no", "no")
        said = left if number < 11 else "no"
        found.append(called(judge, said, a=left, b=right))
    return found


def test_the_figures_are_those_of_a_reckoning_by_hand(
    versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    chance = random.Random(11)
    values = ("yes", "partly", "no", "cannot-tell")
    told = []
    for _ in range(40):
        answers = {key: chance.choice(values) for key in ("a", "b")}
        said = chance.choice((*values, ""))
        called(judge, said, **answers)
        told.append((answers, said))
    rows = {r.version.definition.slug: r for r in closest_of(calls_of(judge), [*versions.values()])}
    for slug, rule in RULES.items():
        pairs = [(verdict(rule, answers), said) for answers, said in told]
        settled = [(v, s) for v, s in pairs if v != "cannot-tell" and s not in {"", "cannot-tell"}]
        same = sum(v == s for v, s in settled)
        row = rows[slug]
        assert (row.fidelity.settled, row.equal) == (len(settled), same)
        assert len(row.parted) == len(settled) - same
        assert row.fidelity.share == pytest.approx(wilson(same, len(settled)))


def test_the_closest_comes_first_and_a_worse_one_is_told_from_it(
    versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    for number in range(20):
        left, right = ("yes", "no") if number % 2 else ("no", "yes")
        called(judge, left, a=left, b=right)
    first, *rest = closest_of(calls_of(judge), [*versions.values()])
    assert (first.version, first.equal, first.tied) == (versions["left"], 20, True)
    assert {row.version.definition.slug: row.tied for row in rest} == {
        "right": False,
        "both": False,
    }
    assert [one.verdict for one in rest[0].parted][:1] != [rest[0].parted[0].called]


def test_only_what_was_said_blind_counts(
    versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    called(judge, "yes", a="yes", b="no")
    output = make_output()
    Reveal.objects.create(judge=judge, output=output)
    give(judge, output, {"a": "yes"}, holistic="no")
    assert calls_of(judge).called == 1
    other = make_judge()
    give(other, output, {"a": "no"}, holistic="no")
    assert calls_of(judge).called == 1


def test_what_would_settle_two_is_not_called_and_not_spoilt(
    versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    called(judge, "yes", a="yes", b="no")
    mine, seen = make_output(), make_output()
    give(judge, mine, {"a": "yes", "b": "no"})
    alike = make_output()
    give(judge, alike, {"a": "yes", "b": "yes"})
    theirs = make_output()
    for output in (theirs, seen):
        give(make_judge(), output, {"a": "no", "b": "yes"})
    Reveal.objects.create(judge=judge, output=seen)
    found = settling(versions["left"], versions["right"], calls_of(judge), spoilt_for(judge))
    assert (found.judged, found.others, found.left) == ([mine.pk], [theirs.pk], 2)


def test_below_ten_calls_the_page_says_how_many_are_missing(
    client: Client, versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    assert "Nothing called yet" in client.get(PAGE).content.decode()
    client.force_login(judge.user)  # type: ignore[arg-type]
    for _ in range(FEWEST - 1):
        called(judge, "yes", a="yes", b="no")
    body = client.get(PAGE).content.decode()
    assert "1 more call to go" in body
    assert "Name of left" not in body
    assert client.get(f"{PAGE[:-1]}.json").json() == {"calls": FEWEST - 1, "rows": []}


def test_the_page_names_the_closest_and_links_what_would_settle_it(
    client: Client, versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    client.force_login(judge.user)  # type: ignore[arg-type]
    outputs = leaning_left(judge)
    open_one, other = make_output(), make_output()
    give(judge, open_one, {"a": "yes", "b": "no"})
    give(make_judge(), other, {"a": "no", "b": "yes"})
    body = client.get(PAGE).content.decode()
    assert "The closest to what you call reasoning is" in body
    assert body.index("Name of left") < body.index("Name of right")
    assert "11 of 12" in body
    settle = client.get(f"{PAGE}?one=left&other=right").content.decode()
    assert f'href="/judge/{open_one.pk}/?call=1"' in settle
    assert f'href="/judge/{other.pk}/"' in settle
    assert f"output {outputs[-1].pk}</a>: you said no, it says yes" in body
    data = client.get(f"{PAGE[:-1]}.json").json()
    assert data["rows"][0]["definition"] == "left"
    assert (data["rows"][0]["equal"], data["rows"][0]["settled"]) == (11, 12)
    assert "Access-Control-Allow-Origin" not in client.get(f"{PAGE[:-1]}.json")
    lines = client.get(f"{PAGE}parted.csv").content.decode().splitlines()
    assert f"left,{outputs[-1].pk},no,yes" in lines
    chosen = client.get(f"{PAGE}?one=right&other=both").content.decode()
    assert "Name of right</strong> and <strong>Name of both" in chosen
    assert client.get(f"{PAGE}?one=right&other=nobody").status_code == 404


def test_the_queries_do_not_grow_with_calls_or_definitions(
    client: Client, versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    client.force_login(judge.user)  # type: ignore[arg-type]
    leaning_left(judge)
    client.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as first:
        client.get(PAGE)
    leaning_left(judge)
    for number in range(4):
        make_definition(f"more-{number}", {"any": ["a", "c"]})
    client.get(PAGE)
    with CaptureQueriesContext(connection) as second:
        client.get(PAGE)
    assert len(second) <= len(first)


def test_an_address_shows_what_was_ticked_and_never_a_call(
    client: Client, versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    owner = judge.user
    assert owner is not None
    client.force_login(owner)
    for number in range(20):
        left, right = ("yes", "no") if number % 2 else ("no", "yes")
        called(judge, left if number else "yes", a=left, b=right)
    client.post(f"{PAGE}show/")
    shown = ShownDefinition.objects.get()
    reader = Client()
    body = reader.get(shown.get_absolute_url()).content.decode()
    assert "Somebody’s definition of reasoning" in body
    assert owner.username not in body
    assert "Name of left" in body
    assert "Name of right" not in body
    assert "/outputs/" not in body.partition("<main")[2].partition("</main")[0]
    path = shown.get_absolute_url()[:-1]
    assert [row["definition"] for row in reader.get(f"{path}.json").json()["rows"]] == ["left"]
    client.post(f"{PAGE}show/", {"name": "on", "everything": "on", "outputs": "on"})
    body = reader.get(shown.get_absolute_url()).content.decode()
    assert f"The definition of {owner.username}" in body
    assert "Name of right" in body
    assert ", output " in body
    assert "you said" not in body.partition('id="closeness"')[2].partition("</table>")[0]
    assert len(reader.get(f"{path}.json").json()["rows"]) == 3
    client.post(f"{PAGE}hide/")
    assert reader.get(shown.get_absolute_url()).status_code == 404
    client.post(f"{PAGE}show/")
    again = ShownDefinition.objects.get().get_absolute_url()
    assert reader.get(again).status_code == 200
    leave(user=owner, choice="anonymise")
    assert reader.get(again).status_code == 404


def test_others_see_nothing_of_what_is_not_public(
    client: Client, versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    leaning_left(judge)
    Run.objects.filter(pk=make_run().pk).update(visibility="private")
    assert calls_of(judge).called == 12
    assert calls_of(judge, for_everybody=True).called == 0
    client.force_login(judge.user)  # type: ignore[arg-type]
    client.post(f"{PAGE}show/")
    body = Client().get(ShownDefinition.objects.get().get_absolute_url()).content.decode()
    assert "Too few calls of public outputs" in body


def test_ones_own_definition_is_compared_too(
    versions: dict[str, DefinitionVersion], judge: Judge
) -> None:
    own = make_definition("own", {"any": ["a", "b"]}, curated=False)
    type(own.definition).objects.filter(pk=own.definition_id).update(owner=judge.user)
    slugs = {version.definition.slug for version in definitions_for(judge.user)}
    assert slugs == {*RULES, "own"}
    assert {v.definition.slug for v in definitions_for(None)} == set(RULES)


def test_guests_have_the_page_without_an_address(
    client: Client, versions: dict[str, DefinitionVersion]
) -> None:
    assert client.post(f"{PAGE}show/").status_code == 302
    assert not ShownDefinition.objects.exists()
