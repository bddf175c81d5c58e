"""Two definitions by logic, beside what outputs and the record show; and what edits do."""

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.logic.by_logic import ByLogic, by_logic, entailments_of
from evaluations.leaderboards.logic.contradictions import contradictions
from evaluations.leaderboards.matrix.current import current_matrix

pytestmark = pytest.mark.django_db

PEOPLE = itertools.count()


def person() -> Judge:
    return make_judge(user=make_user(f"person-{next(PEOPLE)}-of-logic"))


def of(one: DefinitionVersion, other: DefinitionVersion, **asked: Any) -> ByLogic:
    return by_logic(one, other, current_matrix(), Question(**asked), {})


def test_outputs_that_fit_the_smallest_case_are_named() -> None:
    for key in ("one", "two"):
        make_criterion(key)
    narrow = make_definition("narrow", {"all": ["one", "two"]})
    wide = make_definition("wide", "one")
    fitting, other = make_output(), make_output()
    judge = person()
    give(judge, fitting, {"one": "yes", "two": "no"})
    give(judge, other, {"one": "yes", "two": "yes"})
    found = of(narrow, wide)
    assert found.stricter == narrow
    assert found.needed == []
    never, some = found.sides
    assert never.pattern is None
    assert never.words == ""
    assert some.words == "“one”: yes and “two”: no"
    assert [output.pk for output in some.outputs] == [fitting.pk]
    assert (some.fitting, some.record.count, some.record.n) == (1, 1, 2)
    assert some.record.interval is not None
    assert never.record.count == 0
    assert never.why == ""


def test_without_an_output_a_worked_case_shows_it() -> None:
    for key in ("states-conclusion", "checks-itself"):
        make_criterion(key)
    one, other = (
        make_definition("one", "states-conclusion"),
        make_definition("two", "checks-itself"),
    )
    first, second = of(one, other).sides
    assert first.case is not None
    assert first.case["answers"]["states-conclusion"] == "yes"
    assert first.case["answers"]["checks-itself"] == "no"
    assert second.outputs == []


def test_the_compare_page_opens_with_logic(client: Client) -> None:
    for key in ("one", "two"):
        make_criterion(key)
    make_definition("strict", {"all": ["one", "two"]}, name="Strict")
    make_definition("lax", "one", name="Lax")
    page = client.get("/definitions/compare/?a=strict&b=lax").content.decode()
    assert page.index('id="by-logic"') < page.index('id="words-title"')
    assert "No output fits it yet" in page
    told = client.get("/definitions/compare.json?a=strict&b=lax").json()["by_logic"]
    assert told["sides"][0]["smallest_case"] is None
    assert told["sides"][1]["smallest_case"] == {"one": "yes", "two": "no"}


def test_what_follows_in_two_ways_rests_on_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither postulate is needed by itself, and yet the rules alone do not say it."""
    for key in ("builds-on-earlier-result", "makes-inference"):
        make_criterion(key)
    builds = make_definition("builds", "builds-on-earlier-result", name="Builds")
    infers = make_definition("infers", "makes-inference", name="Infers")
    (given,) = of(builds, infers).needed
    twice = given, replace(given, why="Again.")
    monkeypatch.setattr("evaluations.leaderboards.logic.by_logic.postulated", lambda: twice)
    found = of(builds, infers)
    assert found.stricter == builds
    assert [each.why for each in found.needed] == ["Again."]


def test_the_same_in_every_verdict_is_told_from_the_same_yes(client: Client) -> None:
    for key in ("one", "two"):
        make_criterion(key)
    make_definition("plain", "one", name="Plain")
    make_definition("turned", {"not": {"not": "one"}}, name="Turned")
    longer = {"any": ["one", {"all": ["two", {"not": "two"}]}]}
    make_definition("longer", longer, name="Longer")
    page = client.get("/definitions/compare/?a=plain&b=turned").content.decode()
    assert "one rule in other words" in page
    page = client.get("/definitions/compare/?a=plain&b=longer").content.decode()
    assert "Both say yes to the same outputs, by the rules alone" in page


def test_the_record_against_a_postulate_names_why() -> None:
    """A judge who goes against it, and a median that does though no judge did."""
    for key in ("builds-on-earlier-result", "makes-inference"):
        make_criterion(key)
    builds = make_definition("builds", "builds-on-earlier-result", name="Builds")
    infers = make_definition("infers", "makes-inference", name="Infers")
    found = of(builds, infers)
    assert found.stricter == builds
    assert [each.needs for each in found.needed] == ["makes-inference"]
    own, median = make_output(), make_output()
    people = [person() for _ in range(3)]
    give(people[0], own, {"builds-on-earlier-result": "yes", "makes-inference": "no"})
    # Lower medians: yes of (yes, yes, cannot tell), no of (yes, no, no).
    for judge, values in zip(people, ("yy", "?n", "?n"), strict=True):
        words = {"y": "yes", "n": "no", "?": "cannot-tell"}
        names = ("builds-on-earlier-result", "makes-inference")
        give(judge, median, {name: words[v] for name, v in zip(names, values, strict=True)})
    side = of(builds, infers).sides[0]
    assert side.record.count == 2
    assert side.why == (
        "On 1 a judge’s own answers go against the postulate and on 1 no judge’s do, and only "
        "the median of several judges’ answers does."
    )
    assert "Verdicts of single judges" in of(builds, infers, combine="any").sides[0].why


def test_what_follows_by_rule_alone_never_fails_on_record(
    outputs: list[Any],
) -> None:
    strict = make_definition("strict", {"all": ["one", {"any": ["two", "other"]}]})
    found = of(strict, make_definition("lax", {"any": ["one", "two"]}))
    assert found.stricter == strict
    assert found.sides[0].record.n > 0
    assert found.sides[0].record.count == 0


def test_a_definition_says_what_it_entails_and_what_entails_it(client: Client) -> None:
    for key in ("one", "two"):
        make_criterion(key)
    narrow = make_definition("narrow", {"all": ["one", "two"]}, name="Narrow")
    wide = make_definition("wide", "one", name="Wide")
    make_definition("crossing", "two", name="Crossing")
    output = make_output()
    give(person(), output, {"one": "yes", "two": "no"})
    assert [(each.way, each.other) for each in entailments_of(wide, current_matrix())] == [
        ("laxer", narrow)
    ]
    page = client.get("/definitions/wide/").content.decode()
    assert "Laxer than Narrow" in page
    assert "on record 0 of 1 output go" in page
    ways = {
        each.other.definition.slug: each.way for each in entailments_of(narrow, current_matrix())
    }
    assert ways == {"wide": "stricter", "crossing": "stricter"}


def what_if(client: Client, slug: str, rule: Any) -> str:
    return client.get(f"/definitions/{slug}/what-if/", {"rule": json.dumps(rule)}).content.decode()


def test_what_if_says_what_an_edit_does(client: Client) -> None:
    for key in ("one", "two", "three"):
        make_criterion(key)
    make_definition("narrow", {"all": ["one", "two"]}, name="Narrow")
    make_definition("wide", "one", name="Wide")
    page = what_if(client, "narrow", "one")
    assert "By logic: laxer." in page
    assert "It counts now: “one”: yes and “two”: no." in page
    assert "It says yes to the same as" in page
    assert "/definitions/wide/fork/" in page
    assert "On the map" not in page, "what says yes to the same as Wide is not laxer than it"
    assert "By logic: stricter." in what_if(client, "wide", {"all": ["one", "three"]})
    both = what_if(client, "narrow", {"all": ["one", "three"]})
    assert "stricter and laxer at once" in both
    assert "It counts no more:" in both
    same = what_if(client, "wide", {"any": ["one", {"all": ["one", "two"]}]})
    assert "By logic: it says yes to the same as before." in same
    gone = what_if(client, "narrow", {"any": ["two", "three"]})
    assert "On the map, no more stricter than Wide." in gone
    make_definition("twin", {"any": ["one", {"all": ["one", "two"]}]}, name="Twin")
    moved = what_if(client, "wide", {"all": ["one", "three"]})
    assert (
        "On the map, now stricter than Twin, no more laxer than Narrow, no more the same as Twin."
    ) in moved
    assert "says yes to the same as <a" not in moved
    again = what_if(client, "wide", {"any": [{"all": ["two", "one"]}, "one"]})
    assert "By logic: it says yes to the same as before." in again
    assert "It says yes to the same as <a" in again
    assert "On the map" not in again


def test_forms_say_what_an_edit_does(client: Client) -> None:
    for key in ("one", "two"):
        make_criterion(key)
    make_definition("narrow", {"all": ["one", "two"]}, name="Narrow")
    make_definition("wide", "one", name="Wide")
    client.force_login(make_user("writer-of-logic"))
    for way in ("fork", "amend"):
        address = f"/definitions/narrow/{way}/"
        assert "By logic" not in client.get(address).content.decode(), "nothing was edited"
        page = client.get(address, {"rule": json.dumps("one")}).content.decode()
        assert "By logic: laxer." in page
    page = client.get("/definitions/new/", {"rule": json.dumps({"all": ["two", "one"]})})
    assert "It says yes to the same as" in page.content.decode()


def test_contradictions_are_counted_by_postulate_and_judge() -> None:
    for key in ("builds-on-earlier-result", "makes-inference"):
        make_criterion(key)
    names = ("builds-on-earlier-result", "makes-inference")
    people = [person() for _ in range(4)]
    outputs = [make_output() for _ in range(10)]
    for place, judge in enumerate(people):
        for number, output in enumerate(outputs):
            against = place < 2 and number < 3
            give(judge, output, dict(zip(names, ("yes", "no" if against else "yes"), strict=True)))

    def counted() -> Any:
        found = {each.postulated.pair: each for each in contradictions(current_matrix())}
        return found[".".join(names)]

    assert (counted().n, counted().against) == (40, 6)
    assert counted().by_judge == {people[0].pk: 3, people[1].pk: 3}
    assert not counted().is_doubtful, "two judges may be wrong"
    for output in outputs[:3]:
        give(people[2], output, dict(zip(names, ("yes", "partly"), strict=True)))
    assert counted().is_doubtful
