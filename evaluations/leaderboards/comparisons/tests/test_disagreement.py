"""Words and facts told apart, against a slow reckoning output by output."""

import csv
import io
from itertools import combinations, pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)
from evaluations.leaderboards.comparisons.deciding import AGREED
from evaluations.leaderboards.comparisons.disagreement import LISTS
from evaluations.leaderboards.tests.reckoning import Rows, verdict
from evaluations.leaderboards.whatif.tests.test_whatif import KEYS, RULE, Slow, make_world
from evaluations.rules import VERDICTS

pytestmark = pytest.mark.django_db

RULES: dict[str, Any] = {
    "taylor": RULE,
    "peirce": {"any": ["infers", {"not": "ends"}]},
    "opposite": {"not": {"any": ["claims", "checks"]}},
}


LIST_OF = {"by_words": "words", "by_facts": "doubtful", "unchecked": "unchecked"}
"""Which list has the outputs that a total counts."""


def world(seed: int = 4) -> None:
    make_world(outputs=40, seed=seed)
    for slug, rule in list(RULES.items())[1:]:
        make_definition(slug, rule, name=slug.title())


def said_of(slow: Slow, pk: int) -> dict[str, str]:
    said = {slug: slow.says(pk, rule) for slug, rule in RULES.items()}
    return {slug: verdict for slug, verdict in said.items() if verdict}


def parted(slow: Slow, pk: int) -> set[str]:
    return {key for key in KEYS if len(set(slow.given.get((pk, key), []))) > 1}


def rests(slow: Slow, pk: int, rule: Any, *, alone: bool) -> bool:
    """Whether a verdict stays with disputed answers open, and those of one judge if *alone*."""
    values = slow.values(pk, rule)
    assert values is not None
    for key in values:
        same, pairs = slow.pairs(pk, {key})
        if (pairs and same / pairs < AGREED) or (alone and not pairs):
            values[key] = "cannot-tell"
    return VERDICTS[verdict(rule, values)] == slow.says(pk, rule)


def support(slow: Slow, pk: int, *, alone: bool) -> tuple[int, int]:
    """How many definitions say reasoning, and not, by answers that judges agree on."""
    said = said_of(slow, pk)
    yes, no = (
        sum(
            rests(slow, pk, RULES[slug], alone=alone) for slug, says in said.items() if says == camp
        )
        for camp in ("reasoning", "not-reasoning")
    )
    return yes, no


def listed(client: Client, which: str) -> Any:
    response = client.get(f"/disagreements.json?list={which}")
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize("seed", [4, 9])
def test_words_and_facts_are_what_the_rows_say(client: Client, seed: int) -> None:
    world(seed)
    slow = Slow()
    totals = {"split": 0, "by_words": 0, "by_facts": 0, "unchecked": 0, "judges_part": 0}
    lists: dict[str, dict[int, tuple[int, int]]] = {
        which: {} for which in ("split", *LIST_OF.values())
    }
    facts: dict[int, int] = {}
    for output in slow.outputs:
        said = list(said_of(slow, output.pk).values())
        camps = said.count("reasoning"), said.count("not-reasoning")
        firm, possible = (support(slow, output.pk, alone=alone) for alone in (True, False))
        if parted(slow, output.pk):
            totals["judges_part"] += 1
            facts[output.pk] = len(parted(slow, output.pk))
        if min(camps):
            totals["split"] += 1
            kind = "by_words" if min(firm) else "unchecked" if min(possible) else "by_facts"
            totals[kind] += 1
            lists["split"][output.pk] = camps
            lists[LIST_OF[kind]][output.pk] = camps
    found = listed(client, "words")
    assert {name: found[name] for name in totals} == totals
    assert totals["by_facts"]
    assert totals["unchecked"]
    for which, expected in lists.items():
        rows = listed(client, which)["outputs"]
        assert {
            row["output"]: (row["definitions_reasoning"], row["definitions_not_reasoning"])
            for row in rows
        } == expected, which
        for row in rows:
            firm = row["firm_reasoning"], row["firm_not_reasoning"]
            assert firm == support(slow, row["output"], alone=True)
            said = said_of(slow, row["output"])
            for word in ("reasoning", "not_reasoning"):
                assert set(row[f"{word}_firmly"].split()) == {
                    slug
                    for slug, says in said.items()
                    if says == word.replace("_", "-")
                    and rests(slow, row["output"], RULES[slug], alone=True)
                }
        camps_in_order = [min(expected[row["output"]]) for row in rows]
        assert camps_in_order == sorted(camps_in_order, reverse=True)
    rows = listed(client, "facts")["outputs"]
    assert {row["output"]: row["criteria_parted"] for row in rows} == facts
    assert all(one["criteria_parted"] >= two["criteria_parted"] for one, two in pairwise(rows))


def test_rows_say_who_says_what_and_how_judges_split(client: Client) -> None:
    world()
    slow = Slow()
    for row in listed(client, "facts")["outputs"]:
        said = said_of(slow, row["output"])
        for word in ("reasoning", "partly", "not_reasoning", "undetermined"):
            wanted = {s for s, v in said.items() if v == word.replace("_", "-")}
            assert set(row[word].split()) == wanted
        assert {part.split(":")[0] for part in row["answers"].split("; ")} == parted(
            slow, row["output"]
        )
        for part in row["answers"].split("; "):
            key, counts = part.split(": ")
            given = slow.given[row["output"], key]
            assert counts == ", ".join(
                f"{given.count(value)} {value}"
                for value in ("yes", "partly", "no", "cannot-tell")
                if value in given
            )


def test_forks_are_no_further_views(client: Client) -> None:
    """A definition forked twice does not split an output twice."""
    make_criterion("one")
    plain = make_definition("plain", "one")
    make_definition("contrary", {"not": "one"})
    make_definition("fork", {"not": "one"}, forked_from=plain)
    output = make_output()
    for judge in (make_judge(), make_judge()):
        give(judge, output, {"one": "yes"})
    (row,) = listed(client, "words")["outputs"]
    assert (row["definitions_reasoning"], row["definitions_not_reasoning"]) == (1, 1)
    assert row["not_reasoning"] == "contrary fork", "it stands in the line all the same"
    page = " ".join(client.get("/disagreements/").content.decode().split())
    assert "1 definition says reasoning, 1 says not; 1 fork or equal rule not counted" in page
    home = client.get("/").content.decode().partition("One contested output")[2]
    assert "Name of contrary" in home
    assert "Name of fork" not in home


def test_a_quarrel_over_words_and_one_over_facts(client: Client) -> None:
    make_criterion("one")
    make_criterion("two")
    make_definition("strict", {"all": ["one", "two"]}, name="Strict")
    make_definition("lax", {"any": ["one", "two"]}, name="Lax")
    first, second = make_output(), make_output()
    judges = [make_judge(), make_judge()]
    for judge in judges:
        give(judge, first, {"one": "yes", "two": "no"})
    give(judges[0], second, {"one": "yes", "two": "yes"})
    give(judges[1], second, {"one": "no", "two": "no"})
    assert [row["output"] for row in listed(client, "words")["outputs"]] == [first.pk]
    assert [row["output"] for row in listed(client, "facts")["outputs"]] == [second.pk]
    page = client.get("/disagreements/").content.decode()
    assert "1 definition says reasoning, 1 says not" in page
    facts = client.get("/disagreements/?list=facts").content.decode()
    assert "1 yes" in facts
    assert "1 no" in facts
    for judge in judges:
        assert judge.user is not None
        assert judge.user.username not in page + facts


AGREES: Any = {"all": ["plain-1", {"any": [{"not": "seen"}, "plain-2"]}]}
QUARRELS: list[tuple[str, list[str], Any, str]] = [
    # what judges answered to the one criterion on which one side hangs, and the other side's rule
    ("", ["yes", "yes", "no", "no", "no"], AGREES, "doubtful"),
    ("combine=any", ["yes", "no", "no", "no", "no"], {"not": "plain-1"}, "doubtful"),
    ("", ["no", "no", "no", "no", "no"], AGREES, "words"),
    ("combine=all", ["no", "no", "no", "no", "no"], AGREES, "words"),
    ("", ["no"], AGREES, "unchecked"),
]


@pytest.mark.parametrize(("query", "given", "rule", "which"), QUARRELS)
def test_only_what_decides_makes_words_or_facts(
    client: Client, query: str, given: list[str], rule: Any, which: str
) -> None:
    """Agreement on many criteria that decide nothing does not make a quarrel one of words."""
    plain = [f"plain-{number}" for number in range(8)]
    for key in ("seen", *plain):
        make_criterion(key)
    make_definition("one", {"all": ["seen", plain[0]]}, name="One")
    make_definition("other", rule, name="Other")
    output = make_output()
    for answer in given:
        give(make_judge(), output, {"seen": answer, **dict.fromkeys(plain, "yes")})
    if which == "unchecked":
        give(make_judge(), output, dict.fromkeys(plain, "yes"))
    found = {name: listed(client, f"{name}&{query}")["outputs"] for name in LIST_OF.values()}
    assert [name for name, rows in found.items() if rows] == [which]
    if not query:
        home = " ".join(client.get("/").content.decode().split())
        assert ("the facts are the same, and the words differ" in home) == (which == "words")


def test_classifications_by_the_wording_part_as_their_judges_do(client: Client) -> None:
    make_criterion("seen")
    one, other = make_definition("one", "seen"), make_definition("other", {"not": "seen"})
    agreed, disputed = make_output(), make_output()
    for number in range(3):
        for output in (agreed, disputed):
            judge = make_judge()
            against = "yes" if output == disputed and not number else "no"
            classify(judge, output, one, "yes")
            classify(judge, output, other, against)
    for which, output in (("words", agreed), ("doubtful", disputed)):
        rows = listed(client, f"{which}&road=direct")["outputs"]
        assert [row["output"] for row in rows] == [output.pk]


def test_every_page_counts_the_same_definitions_as_settled(client: Client) -> None:
    """Asked in full, determined, no fork, equal rules once; also those that need findings."""
    for key in ("one", "two", "asked-nowhere"):
        make_criterion(key)
    make_criterion("found", answered_by="probe", level="set")
    plain = make_definition("plain", "one")
    make_definition("contrary", {"not": "one"})
    make_definition("opposite", {"all": ["two", {"not": "one"}]})
    make_definition("half-asked", {"any": ["one", "asked-nowhere"]})
    make_definition("by-finding", {"any": ["one", "found"]})
    make_definition("open", "two")
    make_definition("fork", {"not": "one"}, forked_from=plain)
    found = make_definition("known", {"any": ["found", "one"]})
    output = make_output()
    wording = found.criterion_versions.get(criterion__key="found")
    Finding.objects.create(
        criterion_version=wording, model=output.run.model, value="no", source="probe"
    )
    judges = [make_judge() for _ in range(2)]
    for judge in judges:
        give(judge, output, {"one": "yes", "two": "cannot-tell"})
    (row,) = listed(client, "words")["outputs"]
    counts = row["definitions_reasoning"], row["definitions_not_reasoning"]
    assert counts == (2, 2)
    signed_in = judges[0].user
    assert signed_in is not None
    client.force_login(signed_in)
    sentence = "Of the definitions that are settled, 2 say this is reasoning and 2 say it is not."
    for path in ("/", f"/outputs/{output.pk}/"):
        assert sentence in " ".join(client.get(path).content.decode().split())
    page = " ".join(client.get("/disagreements/").content.decode().split())
    assert "2 definitions say reasoning, 2 say not; 2 forks or equal rules not counted" in page


def test_csv_holds_the_same_rows(client: Client) -> None:
    world()
    for which in LISTS:
        text = client.get(f"/disagreements.csv?list={which}").content.decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [
            {k: str(v) for k, v in row.items()} for row in listed(client, which)["outputs"]
        ] == rows


def test_empty_lists_say_why(client: Client) -> None:
    for which in LISTS:
        page = client.get(f"/disagreements/?list={which}").content.decode()
        assert "Judge an output" in page
    assert client.get("/disagreements/?list=hearsay").status_code == 404
    for which in ("words", "split"):
        page = client.get(f"/disagreements/?list={which}").content.decode()
        assert "Those come first whose smaller side has most definitions" in page


def decisive(page: str, pk: int) -> str:
    """What the list says of the one question about an output."""
    entry = page.partition(f'id="output-{pk}"')[2].partition("</li>\n<li><p class")[0]
    return " ".join(entry.partition('class="note decisive"')[2].partition("</div>")[0].split())


def test_an_output_stands_with_its_words_and_the_one_question_that_decides(client: Client) -> None:
    for key in ("one", "two", "three"):
        make_criterion(key, question=f"Is it {key}?")
    make_definition("lax", "one")
    make_definition("wide", {"any": ["one", "two"]})
    make_definition("strict", {"all": ["one", "two"]})
    make_definition("stricter", {"all": ["one", "two", "three"]})
    make_definition("other", {"all": ["one", "three"]})
    output = make_output(text="<b>Two</b> lamps are on. " + 30 * "So somebody is home. ")
    for _ in range(2):
        give(make_judge(), output, {"one": "yes", "two": "no", "three": "yes"})
    page = client.get("/disagreements/").content.decode()
    assert "&lt;b&gt;Two&lt;/b&gt; lamps are on. So somebody" in page
    assert page.count("So somebody is home.") < 12, "an excerpt, not all of it"
    said = decisive(page, output.pk)
    assert "Is it two?" in said
    assert "2 no" in said
    assert (
        "It decides 2 of the 2 that say not reasoning; 2 of the 3 that say reasoning do not" in said
    )
    assert "pairs" not in page.partition('class="entries"')[2].partition("</ul>")[0]


def test_over_words_the_question_is_one_on_which_judges_agree(client: Client) -> None:
    for key in ("one", "two", "three"):
        make_criterion(key, question=f"Is it {key}?")
    make_definition("lax", "one")
    for number, rule in enumerate(({"not": "three"}, {"all": ["one", {"not": "three"}]})):
        make_definition(f"three-{number}", rule)
    make_definition("two", {"all": ["one", "two"]})
    output = make_output()
    for three in ("yes", "yes", "no"):
        give(make_judge(), output, {"one": "yes", "two": "no", "three": three})
    words = decisive(client.get("/disagreements/").content.decode(), output.pk)
    assert "Is it two?" in words
    assert "It decides 1 of the 3" in words
    split = decisive(client.get("/disagreements/?list=split").content.decode(), output.pk)
    assert "Is it three?" in split
    assert "It decides 2 of the 3" in split
    direct = client.get("/disagreements/?list=split&combine=majority").content.decode()
    assert "It decides" not in direct, "no answer decides a vote"


def test_over_facts_it_is_the_question_on_which_judges_split_most(client: Client) -> None:
    for key in ("one", "two"):
        make_criterion(key, question=f"Is it {key}?")
    make_definition("both", {"all": ["one", "two"]})
    output = make_output()
    for one, two in (("yes", "yes"), ("yes", "no"), ("no", "no"), ("yes", "yes")):
        give(make_judge(), output, {"one": one, "two": two})
    page = client.get("/disagreements/?list=facts").content.decode()
    said = decisive(page, output.pk)
    assert "Is it two?" in said
    assert "2 yes" in said
    assert "2 no" in said
    assert "It decides" not in said
    assert "Judges part on 1 more question" in page


def test_pages_of_a_list_are_the_list(client: Client) -> None:
    world()
    slow = Slow()
    wanted = [row["output"] for row in listed(client, "facts")["outputs"]]
    assert len(wanted) > 10
    seen = []
    for number in range(1, 6):
        page = client.get(f"/disagreements/?list=facts&page={number}").content.decode()
        here = [o.pk for o in slow.outputs if f'id="output-{o.pk}"' in page]
        if number == 1 or set(here) != set(seen[-len(here) :]):
            seen += sorted(here, key=wanted.index)
    assert seen == wanted


def test_queries_do_not_grow_with_the_rows(client: Client) -> None:
    world()
    counts = []
    for _ in range(2):
        client.get("/disagreements/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/disagreements/")
        counts.append(len(captured))
        judges = [make_judge(), make_judge()]
        for output in list(Rows().outputs):
            twin = make_output(run=output.run, prompt=output.prompt)
            for judge, about in zip(judges, combinations((output, twin), 1), strict=False):
                give(judge, about[0], dict.fromkeys(KEYS, "no"))
    assert counts[0] == counts[1]
    assert counts[0] <= 10
