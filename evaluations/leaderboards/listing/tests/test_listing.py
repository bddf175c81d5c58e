"""Every output: found by each field, by two definitions, without telling verdicts unasked."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import reveal_answers
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
    make_user,
)
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.listing import outputs
from evaluations.leaderboards.tests.board_world import world
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def versions() -> list[DefinitionVersion]:
    make_criterion("one")
    make_criterion("two")
    return [make_definition("taylor", "one"), make_definition("mitchell", "two")]


def page(client: Client, query: str = "", status: int = 200) -> str:
    response = client.get(f"/outputs/{query}")
    assert response.status_code == status
    return response.content.decode()


def found(client: Client, query: str = "") -> list[int]:
    """The outputs that page and CSV list, which are the same."""
    text = page(client, query)
    listed = [int(key) for key in re.findall(r'entry-title"><a href="/outputs/(\d+)/"', text)]
    rows = csv.DictReader(io.StringIO(client.get(f"/outputs.csv{query}").content.decode()))
    assert [int(row["output"]) for row in rows] == listed
    count = re.search(r'<h2 id="found">([\d,]+) output', text)
    assert count
    assert int(count[1]) == len(listed)
    return listed


def test_a_run_narrows_the_list_and_one_that_is_not_public_for_its_readers_alone(
    client: Client,
) -> None:
    owner = make_user("own", role="researcher")
    ape, bee = make_run(make_model("ape")), make_run(make_model("bee"))
    first, second = make_output(run=ape), make_output(run=bee)
    give(make_judge(), second, {"one": "yes"})
    assert found(client, f"?run={ape.pk}") == [first.pk]
    assert found(client, f"?run={bee.pk}") == [second.pk]
    Run.objects.filter(pk=bee.pk).update(visibility="private", launched_by=owner)
    page(client, f"?run={bee.pk}", status=404)
    assert found(client) == [first.pk]
    client.force_login(owner)
    assert found(client, f"?run={bee.pk}") == [second.pk]
    assert found(client, f"?run={bee.pk}&definition=taylor&verdict=reasoning") == [second.pk]
    assert found(client) == [first.pk]


def test_each_field_narrows_what_is_listed(client: Client) -> None:
    prompt_set = PromptSet.objects.create(slug="puzzles", title="Puzzles", domain="logic")
    ape, bee = make_run(make_model("ape")), make_run(make_model("bee"), make_recipe("steps"))
    first = make_output(run=ape, trace_visibility="hidden", text="It is not reasoning.")
    second = make_output(run=bee, text="It is reasoning, not chance.")
    puzzle = make_prompt("puzzle")
    puzzle.prompt_set = prompt_set
    puzzle.save()
    third = make_output(run=bee, prompt=puzzle, text="So.")
    give(make_judge(), third, {"one": "yes"})
    keys = [third.pk, second.pk, first.pk]
    assert found(client) == keys
    for query, expected in (
        ("?model=ape", [first]),
        ("?recipe=steps", [third, second]),
        ("?prompt_set=puzzles", [third]),
        ("?domain=logic", [third]),
        ("?trace=hidden", [first]),
        ("?judged=yes", [third]),
        ("?judged=no", [second, first]),
        ("?words=%22not+reasoning%22", [first]),
        ("?words=reasoned", [second, first]),
        ("?words=reasoned&model=bee&judged=no", [second]),
        ("?model=ape&recipe=steps", []),
    ):
        assert found(client, query) == [output.pk for output in expected], query


def test_outputs_on_which_two_definitions_part(client: Client) -> None:
    outputs = {}
    for one, two in (("yes", "no"), ("yes", "yes"), ("no", "no")):
        outputs[one, two] = make_output()
        give(make_judge(), outputs[one, two], {"one": one, "two": two})
    half = make_output()
    give(make_judge(), half, {"one": "yes"})
    taylor = "?definition=taylor&verdict=reasoning"
    parted = f"{taylor}&second=mitchell&second_verdict=not-reasoning"
    assert found(client, parted) == [outputs["yes", "no"].pk]
    assert found(client, taylor) == [
        half.pk, outputs["yes", "yes"].pk, outputs["yes", "no"].pk
    ]  # fmt: skip
    assert found(client, "?definition=mitchell") == [it.pk for it in [*outputs.values()][::-1]]
    assert found(client, f"{taylor}&second=mitchell&second_verdict=not-asked") == [half.pk]


def test_an_empty_list_says_which_definition_no_judge_can_settle(client: Client) -> None:
    make_criterion("probed", answered_by="evidence")
    make_definition("inner", {"all": ["one", "probed"]}, name="Inner")
    open_one = make_output()
    give(make_judge(), open_one, {"one": "yes", "two": "no"})
    why = "The rule of Inner also needs findings, which no judge gives."
    empty = page(client, "?definition=inner&verdict=reasoning")
    assert why in empty
    assert "count a verdict only where the whole rule was asked" in empty
    parted = "?definition=taylor&verdict=reasoning&second=inner"
    links = re.findall(
        r'href="(\?[^"]*)#found">Outputs on which it was not asked',
        page(client, f"{parted}&second_verdict=not-reasoning"),
    )
    assert links == [f"{parted}&second_verdict=not-asked".replace("&", "&amp;")]
    assert found(client, f"{parted}&second_verdict=not-asked") == [open_one.pk]
    assert "needs findings" not in page(client, "?definition=mitchell&verdict=reasoning")
    assert "needs findings" not in page(client, "?definition=inner&verdict=not-asked")


def test_the_list_agrees_with_the_list_behind_a_board(client: Client) -> None:
    outputs = world(3)
    for verdict in ("reasoning", "not-reasoning", "undetermined", "partly"):
        behind = client.get(f"/leaderboards/taylor/outputs.json?verdict={verdict}&model=ape").json()
        here = client.get(f"/outputs.json?definition=taylor&verdict={verdict}&model=ape").json()
        assert {row["output"] for row in here["outputs"]} == {
            row["output"] for row in behind["outputs"]
        }
    assert len(client.get("/outputs.json").json()["outputs"]) == len(outputs)


def test_a_verdict_shows_only_to_somebody_who_judged_or_saw_it(client: Client) -> None:
    user = make_user()
    me = make_judge(user=user)
    mine, shown, other = (make_output() for _ in range(3))
    for output in (mine, shown, other):
        give(make_judge(), output, {"one": "yes"})
    give(me, mine, {"one": "yes"})
    reveal_answers(judge=me, output=shown)
    query = "?definition=taylor"
    for path in (f"/outputs/{query}", f"/outputs.csv{query}", f"/outputs.json{query}"):
        assert "mark-reasoning" not in client.get(path).content.decode()
    assert "verdict-line" not in page(client, query)
    client.force_login(user)
    rows = re.findall(r"<li><p class=\"entry-title\">.*?</li>\n", page(client, query), re.DOTALL)
    told = {int(re.findall(r"/outputs/(\d+)/", row)[0]): "mark-reasoning" in row for row in rows}
    assert told == {mine.pk: True, shown.pk: True, other.pk: False}
    assert not re.search(r"verdict|reasoning", client.get(f"/outputs.csv{query}").content.decode())


def test_beside_a_judged_output_without_a_verdict_words_say_why(client: Client) -> None:
    user = make_user()
    mine, other = make_output(), make_output()
    give(make_judge(user=user), mine, {"one": "yes"})
    give(make_judge(), other, {"one": "yes"})
    client.force_login(user)
    words = "<span>Name of mitchell: not asked in full</span>"
    alone = page(client, "?definition=mitchell&verdict=not-asked").partition('id="found"')[2]
    assert alone.count(words) == 1, "of what somebody else judged nothing is said"
    assert alone.count('class="mark mark-undetermined') == 1
    both = page(client, "?definition=taylor&second=mitchell&second_verdict=not-asked")
    line = both.partition('class="verdict-line"')[2].partition("</ul>")[0]
    assert line.count('class="mark mark-undetermined') == 1
    assert line.index("<span>Name of taylor</span>") < line.index(words)


def test_how_an_output_begins_is_cut_where_a_word_ends(client: Client) -> None:
    make_output(text="The lamp is switched on. " * 20)
    shown = re.search(r'<p hx-ignore dir="auto">([^<]*)</p>', page(client))
    assert shown
    assert re.search(r" (?:The|lamp|is|switched|on\.) …$", shown[1])
    assert len(shown[1]) <= 220


def test_what_cannot_be_read_is_listed_nowhere(client: Client) -> None:
    make_output(withdrawn_at=timezone.now(), text="secret")
    make_output(state="pending", text="secret")
    judging = make_output(text="secret")
    judging.run.purpose = "judging"
    judging.run.save()
    assert found(client) == found(client, "?words=secret") == []


def test_what_is_chosen_stays_in_the_form_and_in_the_links(client: Client) -> None:
    for _ in range(30):
        make_output(text="A long walk.")
    query = "?words=walk&judged=no&definition=taylor&verdict=not-asked&judges=guests"
    text = page(client, query)
    assert 'value="walk"' in text
    for field, value in (("judged", "no"), ("definition", "taylor"), ("verdict", "not-asked")):
        select = re.search(rf'<select name="{field}".*?</select>', text, re.DOTALL)
        assert select
        assert f'value="{value}" selected' in select[0]
    assert '<input type="hidden" name="judges" value="guests">' in text
    assert '<input type="hidden" name="verdict" value="not-asked">' in text
    assert f'href="{query.replace("&", "&amp;")}&amp;page=2"' in text
    assert f'href="/outputs.csv{query.replace("&", "&amp;")}"' in text


@pytest.mark.parametrize(
    "query", ["?trace=odd", "?definition=none", "?verdict=maybe", "?model=x", "?words=%00"]
)
def test_what_does_not_exist_is_said(client: Client, query: str) -> None:
    page(client, query, status=404)


def test_a_verdict_without_a_definition_is_asked_back(client: Client) -> None:
    make_output()
    assert "Whose verdict is meant?" in page(client, "?verdict=reasoning", status=422)


def test_queries_do_not_grow_with_the_outputs(client: Client) -> None:
    user = make_user()
    me = make_judge(user=user)
    client.force_login(user)
    query = "/outputs/?definition=taylor&second=mitchell&words=lamp"

    def more(_: int) -> None:
        give(me, make_output(), {"one": "yes", "two": "no"})

    assert_queries_do_not_grow(client, [query], more)


def test_with_a_verdict_the_matrix_alone_says_which_outputs_there_are(client: Client) -> None:
    first, second, third = (make_output() for _ in range(3))
    for output, two in ((first, "no"), (second, "yes"), (third, "no")):
        give(make_judge(), output, {"one": "yes", "two": two})
    make_output(state="failed")
    query = "?definition=taylor&verdict=reasoning&second=mitchell&second_verdict=not-reasoning"
    assert found(client, query) == [third.pk, first.pk]
    assert found(client, "?definition=taylor&verdict=not-asked") == []
    with CaptureQueriesContext(connection) as captured:
        page(client, query)
    asked = [query["sql"] for query in captured.captured_queries]
    outputs = [sql for sql in asked if 'FROM "runs_output"' in sql]
    assert len(outputs) == 1  # those of the page
    assert sum("leaderboards_change" in sql for sql in asked) <= 2
    assert sum('FROM "definitions_pin"' in sql for sql in asked) == 0  # kept with the matrix
    # Nothing on it says as of when it is.
    assert not [sql for sql in asked if '"judgments_judgment"."created_at"' in sql]
    Output.objects.filter(pk=third.pk).update(withdrawn_at=timezone.now())
    assert found(client, query) == [first.pk]


def test_what_is_read_no_more_is_listed_by_no_matrix_of_a_moment_ago(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = make_output(text="secret words")
    give(make_judge(), output, {"one": "yes", "two": "no"})
    query = "?definition=taylor&verdict=reasoning&second=mitchell&second_verdict=not-reasoning"
    assert "secret words" in page(client, query)
    held = outputs.matrix_for(Question())
    monkeypatch.setattr(outputs, "matrix_for", lambda question: held)
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    assert "secret words" not in page(client, query)
    assert client.get(f"/outputs.json{query}").json()["outputs"] == []
