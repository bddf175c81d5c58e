"""What-if: flips, their reasons and places, against a slow reckoning output by output."""

import csv
import io
import json
import random
from itertools import combinations, pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.judgments.models import Answer
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    reword,
)
from evaluations.leaderboards.boards.standings import VERDICT_ORDER, Question, draft_reading
from evaluations.leaderboards.comparisons.parting import Parting
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.tests.reckoning import Rows, ends, keys_of, median, verdict
from evaluations.leaderboards.whatif.edits import negated, put_back, quick_edits
from evaluations.rules import VERDICTS

pytestmark = pytest.mark.django_db

KEYS = ("claims", "infers", "checks", "ends")
RULE: dict[str, Any] = {"all": ["claims", "infers", "checks"]}
OTHERS: list[Any] = [
    {"all": ["claims", "infers"]},
    {"any": ["claims", "infers", "checks"]},
    {"all": ["claims", {"not": "infers"}, "checks"]},
    {"at_least": 2, "of": ["claims", "infers", "checks", "ends"]},
]
VALUES = ("yes", "yes", "partly", "no", "cannot-tell")


def make_world(outputs: int = 30, seed: int = 1) -> DefinitionVersion:
    """Two models with one recipe, two or three judges an output, some of whom skip the last."""
    chance = random.Random(seed)
    for key in KEYS:
        make_criterion(key)
    runs = [make_run(make_model(slug), make_recipe(slug)) for slug in ("ape", "bee")]
    prompts = [make_prompt() for _ in range(6)]
    judges = [make_judge() for _ in range(3)]
    for number in range(outputs):
        output = make_output(run=runs[number % 2], prompt=prompts[number % 6])
        for judge in chance.sample(judges, chance.randint(1, 3)):
            keys = KEYS if chance.random() < 0.7 else KEYS[:3]
            give(judge, output, {key: chance.choice(VALUES) for key in keys})
    return make_definition("taylor", RULE, name="Taylor")


class Slow:
    """What every output says, reckoned from its rows alone."""

    def __init__(self) -> None:
        self.outputs = Rows().outputs
        self.given: dict[tuple[int, str], list[str]] = {}
        for answer in Answer.objects.filter(is_current=True).select_related("criterion"):
            assert answer.criterion is not None
            key = (answer.output_id or 0, answer.criterion.key)
            self.given.setdefault(key, []).append(answer.value)

    def values(self, pk: int, rule: Any) -> dict[str, str] | None:
        if any((pk, key) not in self.given for key in keys_of(rule)):
            return None
        return {key: median(self.given[pk, key]) for key in keys_of(rule)}

    def says(self, pk: int, rule: Any) -> str | None:
        values = self.values(pk, rule)
        return None if values is None else VERDICTS[verdict(rule, values)]

    def deciding(self, pk: int, rule: Any) -> set[str]:
        """The smallest sets of known answers that fix the verdict, or the open ones."""
        values = self.values(pk, rule)
        assert values is not None
        said = ends(rule, values)
        if said[0] != said[1]:
            return {key for key, value in values.items() if self.could_change(rule, values, key)}
        known = {key: value for key, value in values.items() if value != "cannot-tell"}
        for size in range(len(known) + 1):
            fixing = [
                set(some)
                for some in combinations(known, size)
                if ends(rule, {key: known[key] for key in some}) == said
            ]
            if fixing:
                return set().union(*fixing) if len(fixing) > 1 else fixing[0]
        raise AssertionError("all known answers fix the verdict")

    def could_change(self, rule: Any, values: dict[str, str], key: str) -> bool:
        if values[key] != "cannot-tell":
            return False
        return len({ends(rule, {**values, key: value}) for value in ("no", "yes")}) > 1

    def pairs(self, pk: int, keys: set[str]) -> tuple[int, int]:
        same = pairs = 0
        for key in keys:
            for one, other in combinations(self.given[pk, key], 2):
                pairs += 1
                same += one == other and one != "cannot-tell"
        return same, pairs


def asked(client: Client, rule: Any, kind: str = "json", **more: str) -> Any:
    query = urlencode({"rule": json.dumps(rule), **more})
    response = client.get(f"/definitions/taylor/what-if.{kind}?{query}")
    assert response.status_code == 200
    return response.json() if kind == "json" else response.content.decode()


@pytest.mark.parametrize("number", range(len(OTHERS)))
def test_flips_and_places_are_what_the_rows_say(client: Client, number: int) -> None:
    make_world()
    rule, slow = OTHERS[number], Slow()
    found = asked(client, rule)
    said = {
        output.pk: (slow.says(output.pk, RULE), slow.says(output.pk, rule))
        for output in slow.outputs
    }
    both = {pk: pair for pk, pair in said.items() if None not in pair}
    table = {one: dict.fromkeys(VERDICT_ORDER, 0) for one in VERDICT_ORDER}
    for one, other in both.values():
        table[str(one)][str(other)] += 1
    assert found["verdicts"] == table
    assert found["only_before"] == sum(a is not None and b is None for a, b in said.values())
    flips = {pk: pair for pk, pair in both.items() if pair[0] != pair[1]}
    assert flips
    assert {
        row["output"]: (row["first_verdict"], row["second_verdict"]) for row in found["flips"]
    } == flips
    for place, row in enumerate(found["board"]):
        model = next(o.run.model_id for o in slow.outputs if o.run.model.slug == row["model"])
        own = [said[o.pk] for o in slow.outputs if o.run.model_id == model]
        for side, name in enumerate(("before", "after")):
            verdicts = [pair[side] for pair in own if pair[side] is not None]
            assert row[f"{name}_n"] == len(verdicts)
            assert row[f"{name}_share"] == pytest.approx(
                verdicts.count("reasoning") / len(verdicts)
            )
        assert row["before_place"] in (place, place + 1)
    for name in ("before", "after"):
        shares = {row["model"]: row[f"{name}_share"] for row in found["board"]}
        for row in found["board"]:
            higher = sum(share > row[f"{name}_share"] for share in shares.values())
            assert row[f"{name}_place"] == 1 + higher


@pytest.mark.parametrize("number", [0, 2])
def test_most_agreed_on_first_by_what_decides(client: Client, number: int) -> None:
    make_world(outputs=40, seed=5)
    rule, slow = OTHERS[number], Slow()
    rows = asked(client, rule)["flips"]
    shares = []
    exact = 0
    for row in rows:
        pairs, agreeing = row["judge_pairs"], row["judge_pairs_agreeing"]
        deciding = slow.deciding(row["output"], RULE) | slow.deciding(row["output"], rule)
        same, all_pairs = slow.pairs(row["output"], deciding)
        # Where several smallest sets fix a verdict, one of them is named.
        assert pairs <= all_pairs
        if set(row["decided_by"].split()) == deciding or pairs == all_pairs:
            exact += 1
            assert (agreeing, pairs) == (same, all_pairs)
        shares.append(agreeing / pairs if pairs else -1.0)
    assert exact > len(rows) / 3
    assert all(one >= other for one, other in pairwise(shares))


def test_the_criterion_left_out_is_named_where_it_decided(client: Client) -> None:
    make_world()
    for row in asked(client, {"all": ["claims", "infers"]})["flips"]:
        assert row["decided_by"] == "checks"
        assert "checks" in row["first_reason"]
        assert "checks" not in row["second_reason"]


def test_page_links_flips_and_proposes(client: Client) -> None:
    make_world()
    query = urlencode({"rule": json.dumps({"all": ["claims", "infers"]})})
    page = client.get(f"/definitions/taylor/what-if/?{query}").content.decode()
    first = asked(client, {"all": ["claims", "infers"]})["flips"][0]
    assert f"/outputs/{first['output']}/" in page
    assert "/definitions/taylor/fork/?rule=" in page
    assert "/definitions/taylor/amend/?rule=" in page
    files = urlencode({"rule": '{"all":["claims","infers"]}'})
    assert f'href="/definitions/taylor/what-if.csv?{files}"' in page
    assert "Put back" in page


def test_csv_holds_the_same_rows(client: Client) -> None:
    make_world()
    rule = OTHERS[0]
    rows = list(csv.DictReader(io.StringIO(asked(client, rule, "csv"))))
    data = asked(client, rule)["flips"]
    assert [{k: str(v) for k, v in row.items()} for row in data] == rows


def test_a_cell_lists_its_outputs_also_those_that_stay(client: Client) -> None:
    make_world()
    for was in VERDICT_ORDER:
        for becomes in VERDICT_ORDER:
            found = asked(client, OTHERS[0], was=was, becomes=becomes)
            assert len(found["flips"]) == found["verdicts"][was][becomes]
    response = client.get("/definitions/taylor/what-if/?was=reasoning&becomes=hearsay")
    assert response.status_code == 404


def test_form_fields_lead_to_an_address_that_can_be_shared(client: Client) -> None:
    make_world()
    fields = {
        "rule-mode": "form",
        "op:0": "all",
        "key:0.0": "claims",
        "key:0.1": "infers",
        "key:0.2": "checks",
        "press": "remove:0.2",
        "partly_policy": "met",
        "judges": "guests",
    }
    response = client.get("/definitions/taylor/what-if/", fields)
    wanted = urlencode(
        {"judges": "guests", "rule": '{"all":["claims","infers"]}', "partly_policy": "met"}
    )
    assert response.status_code == 302
    assert response["Location"] == f"/definitions/taylor/what-if/?{wanted}"
    part = client.get("/definitions/taylor/what-if/", fields, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert part["HX-Push-Url"] == f"/definitions/taylor/what-if/?{wanted}"
    assert "<html" not in part.content.decode()
    assert 'id="what-if"' in part.content.decode()


@pytest.mark.parametrize(
    "rule", ["{", '{"all": []}', '"hearsay"', '{"at_least": 3, "of": ["claims"]}', "[1]"]
)
def test_a_rule_that_cannot_be_used_is_refused_in_place(client: Client, rule: str) -> None:
    make_world(outputs=6)
    response = client.get("/definitions/taylor/what-if/", {"rule": rule})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Ape 135M" in page  # the board before stays
    assert "cannot be used yet" in page
    for kind in ("csv", "json"):
        refused = client.get(f"/definitions/taylor/what-if.{kind}", {"rule": rule})
        assert refused.status_code == 422
        assert refused.json()["errors"]


def test_nothing_edited_says_so(client: Client) -> None:
    make_world(outputs=6)
    page = client.get("/definitions/taylor/what-if/").content.decode()
    assert "this is the rule in force" in page
    assert asked(client, RULE)["flips"] == []


def test_only_what_is_quoted_stands_in_quotation_marks(client: Client) -> None:
    make_criterion("claims")
    for slug, quoted in (("taylor", True), ("peirce", False)):
        make_definition(slug, "claims", quoted=quoted)
        page = client.get(f"/definitions/{slug}/what-if/").content.decode()
        assert f"Statement of {slug}." in page
        assert (f"“Statement of {slug}.”" in page) is quoted


def test_an_empty_board_says_why(client: Client) -> None:
    for key in KEYS:
        make_criterion(key)
    make_definition("taylor", RULE)
    page = client.get("/definitions/taylor/what-if/").content.decode()
    assert "A board before and after" in page
    assert "Judge an output" in page


def test_between_published_versions(client: Client) -> None:
    version = make_world()
    draft = draft_definition(
        definition=version.definition, statement="Anew.", rule=OTHERS[0], reading="Anew."
    )
    publish_version(version=draft)
    found = client.get("/definitions/taylor/what-if.json?version=1").json()
    assert found["definition"]["version"] == 1
    assert found["after"]["rule"] == OTHERS[0]
    slow = Slow()
    flips = {
        output.pk
        for output in slow.outputs
        if slow.says(output.pk, RULE) != slow.says(output.pk, OTHERS[0])
    }
    assert {row["output"] for row in found["flips"]} == flips
    backwards = client.get("/definitions/taylor/what-if.json?to=1").json()
    assert {row["output"] for row in backwards["flips"]} == flips
    assert client.get("/definitions/taylor/what-if/?version=9").status_code == 404
    assert client.get("/definitions/taylor/what-if/?version=x").status_code == 404


def test_a_reworded_criterion_flips_nothing_by_itself(client: Client) -> None:
    make_world()
    wording = CriterionVersion.objects.current().get(criterion__key="infers")
    reword(wording, "Asked anew?", new_question=True)
    assert asked(client, RULE)["flips"] == []
    query = urlencode({"rule": json.dumps(OTHERS[0])})
    page = client.get(f"/definitions/taylor/what-if/?{query}").content.decode()
    assert "Asked anew since version 1" in page


def test_votes_give_no_criterion_the_decision(client: Client) -> None:
    make_world()
    for row in asked(client, OTHERS[0], combine="majority")["flips"]:
        assert row["decided_by"] == ""
        assert "majority" in row["first_reason"]


def test_queries_do_not_grow_with_the_rows(client: Client) -> None:
    make_world(outputs=24)
    query = urlencode({"rule": json.dumps(OTHERS[1])})
    client.get(f"/definitions/taylor/what-if/?{query}")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(f"/definitions/taylor/what-if/?{query}")
        counts.append(len(captured))
        judge = make_judge()
        for output in list(Rows().outputs):
            give(judge, output, dict.fromkeys(KEYS, "yes"))
            make_output(run=output.run, prompt=output.prompt)
        client.get(f"/definitions/taylor/what-if/?{query}")
    assert counts[0] == counts[1]
    assert counts[0] <= 19


def test_quick_edits_undo_one_another() -> None:
    before = {"all": ["a", {"any": ["b", {"not": "c"}]}]}
    edits = {edit.key: edit for edit in quick_edits(before, before, {})}
    assert edits["a"].toggled == {"any": ["b", {"not": "c"}]}
    assert edits["c"].negated == {"all": ["a", {"any": ["b", "c"]}]}
    assert edits["b"].negated == {"all": ["a", {"any": [{"not": "b"}, {"not": "c"}]}]}
    without_b = edits["b"].toggled
    assert without_b == {"all": ["a", {"not": "c"}]}
    back = {edit.key: edit for edit in quick_edits(before, without_b, {})}
    assert not back["b"].inside
    assert back["b"].toggled == before
    assert put_back(before, {"any": ["a", "d"]}, "b") == {"all": [{"any": ["a", "d"]}, "b"]}
    assert quick_edits("a", "a", {})[0].toggled is None
    assert negated({"at_least": 1, "of": ["a", "b"]}, "b") == {
        "at_least": 1,
        "of": ["a", {"not": "b"}],
    }


def test_kappa_is_said_in_words_where_it_is_undefined() -> None:
    make_world(outputs=2)
    held = current_matrix()
    nothing = draft_reading("claims")
    parting = Parting(nothing, nothing, held, Question(road="direct"))
    assert isinstance(parting.kappa, str)
