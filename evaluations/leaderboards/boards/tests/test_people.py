"""The row People on boards: from five writers on, marked, left out by choice, in no sentence."""

import csv
import io
import json
import re

import pytest
from django.test import Client

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.by_hand.actions import take_back
from evaluations.judgments.by_hand.people import people
from evaluations.judgments.by_hand.tests.worlds import open_prompt, write, writer
from evaluations.judgments.models import Way
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)
from evaluations.leaderboards.boards.charts import title_of
from evaluations.leaderboards.boards.counts import judges_behind
from evaluations.leaderboards.boards.questions import fields_of
from evaluations.leaderboards.boards.rows import board_rows
from evaluations.leaderboards.boards.standings import Question, leaderboard
from evaluations.leaderboards.matrix.answers import Scope
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.people import FEWEST_WRITERS
from evaluations.leaderboards.overview.overview import overview
from evaluations.leaderboards.snapshots.check import check_snapshot
from evaluations.leaderboards.tests.freezing import freeze
from evaluations.runs.models import LanguageModel, Output

pytestmark = pytest.mark.django_db

BOARD = "/leaderboards/taylor/"
ROW = 'id="row-people--by-hand"'
WITH_PEOPLE = Question(scope=Scope(people=True))


def judged(*writers: int) -> list[Output]:
    """A board on which a model and people are judged: so many texts of each writer; people well."""
    make_criterion("one")
    make_definition("taylor", "one")
    judge = make_judge()
    give(judge, make_output(prompt=make_prompt("other")), {"one": "no"})
    for number in range(max(writers)):
        open_prompt(f"sum-{number}")
    found = [write(by).output for by, texts in each(writers) for _ in range(texts)]
    for output in found:
        give(judge, output, {"one": "yes"})
    return found


def each(writers: tuple[int, ...]) -> list[tuple[object, int]]:
    return [(writer(), texts) for texts in writers]


def test_four_writers_are_no_row_however_much_they_wrote(client: Client) -> None:
    judged(2, 2, 2, 2)
    assert FEWEST_WRITERS == 5
    assert ROW not in client.get(BOARD).content.decode()
    assert "people" not in client.get("/leaderboards/taylor.csv").content.decode()
    assert "People" not in client.get("/leaderboards/").content.decode().partition("<main")[2]


def test_five_writers_are_a_row_with_its_name_and_a_mark_and_no_rank(client: Client) -> None:
    judged(1, 1, 1, 1, 1)
    page = client.get(BOARD).content.decode()
    assert ROW in page
    row = page.partition(ROW)[2].partition("</tr>")[0]
    assert ">People</a>" in row
    assert "no model" in row
    assert 'id="by-people"' in page
    assert "100%" in row
    version = make_definition("other", "one")
    rows = {row["key"]: row for row in board_rows(version, current_matrix(), WITH_PEOPLE, None)}
    assert rows["people--by-hand"]["rank"] is None
    models = [row for key, row in rows.items() if key != "people--by-hand"]
    assert [row["rank"] for row in models] == [1]
    assert [row["rank_high"] for row in models] == [1], "it takes no place from models"


def test_recipes_stay_apart_and_each_needs_its_writers(client: Client) -> None:
    judged(1, 1, 1, 1, 1)
    give(make_judge(), write(working="1. So.", answer="4").output, {"one": "yes"})
    page = client.get(BOARD).content.decode()
    assert ROW in page
    assert "by-hand-in-steps" not in page


def test_a_row_goes_with_the_fifth_writer(client: Client) -> None:
    output = judged(1, 1, 1, 1, 1)[0]
    assert ROW in client.get(BOARD).content.decode()
    assert take_back(judge=output.by_hand.judge, output=output.pk)
    assert ROW not in client.get(BOARD).content.decode()


def test_a_filter_leaves_people_out_and_says_so(client: Client) -> None:
    judged(1, 1, 1, 1, 1)
    page = client.get(f"{BOARD}?people=0").content.decode()
    assert ROW not in page
    assert "people left out" in page
    assert "people left out" not in client.get(BOARD).content.decode()
    assert "people" not in client.get("/leaderboards/taylor.csv?people=0").content.decode()
    matrix = client.get("/leaderboards/?people=0").content.decode()
    assert "(no model)" not in matrix
    assert "(no model)" in client.get("/leaderboards/").content.decode()
    assert fields_of(Question(scope=Scope(people=False))) == {"people": "0"}
    assert fields_of(WITH_PEOPLE) == {}


def test_sentences_about_models_are_about_models_alone(client: Client) -> None:
    """People are on top here by far, and still nothing says so of them."""
    judged(1, 1, 1, 1, 1)
    LanguageModel.objects.filter(is_people=True).update(name="Quidams")
    finding = client.get(BOARD).content.decode().partition('id="finding"')[2].partition("</div>")[0]
    assert "Babbler" in finding
    assert "Quidams" not in finding
    for page in ("/", "/leaderboards/taylor/process/", "/leaderboards/taylor/curves/",
                 "/leaderboards/taylor/pair/", "/leaderboards/taylor/pairwise/",
                 "/leaderboards/taylor/embed/", "/leaderboards/between.csv"):  # fmt: skip
        text = client.get(page).content.decode()
        assert "Quidams" not in text, page
    held = current_matrix()
    assert [row.model.is_people for row in leaderboard(make_definition("b", "one"), held)] == [
        False
    ]
    found = overview(held)
    assert people() not in {model for model, _ in found.columns}
    assert all(each.leading is None or not each.leading.model.is_people for each in found.rows)


def test_the_matrix_counts_models_alone_in_its_sentences(client: Client) -> None:
    judged(1, 1, 1, 1, 1)
    page = client.get("/leaderboards/").content.decode()
    assert "(no model)" in page
    columns = re.findall(r'data-column="([a-z-]+)"', page)
    assert len(columns) == 2
    assert columns[-1] == "people--by-hand", "behind all models, whatever their shares"
    rest = page.partition("</table>")[2]
    assert "People, By hand" not in rest


def test_a_board_on_which_people_alone_are_judged_says_nothing_of_models() -> None:
    rows = [{"rank": None, "called": "People, by hand", "share": 1.0, "n": 3}]
    assert title_of("Taylor", rows) == "Under Taylor, no output of a model is judged yet."


def test_frozen_boards_have_models_alone() -> None:
    judged(1, 1, 1, 1, 1)
    version = DefinitionVersion.objects.with_pins().get(definition__slug="taylor")
    snapshot = freeze(version, make_user("own", role="researcher"))
    assert "babbler" in json.dumps(snapshot.rows)
    assert "people" not in json.dumps(snapshot.rows)


def test_the_numbers_of_the_row_lead_to_what_people_wrote(client: Client) -> None:
    outputs = judged(1, 1, 1, 1, 1)
    page = client.get(f"{BOARD}outputs/?model=people&recipe=by-hand").content.decode()
    assert all(f"/outputs/{output.pk}/" in page for output in outputs)


def test_four_writers_who_were_judged_are_no_share_however_many_wrote(client: Client) -> None:
    outputs = judged(1, 1, 1, 1)
    left = write(writer()).output
    page = client.get(BOARD).content.decode()
    row = page.partition(ROW)[2].partition('<tr id="')[0]
    assert "not asked yet" in row
    assert "texts of five writers" in row
    assert people_row(client) == ("0", "0", "")
    behind = client.get(f"{BOARD}outputs/?model=people").content.decode()
    assert not [output for output in outputs if f"/outputs/{output.pk}/" in behind]
    give(make_judge(), left, {"one": "no"})
    assert people_row(client)[:2] == ("5", "4")


def test_what_counts_narrows_a_share_no_further_than_to_five_writers(client: Client) -> None:
    judged(1, 1, 1, 1)
    chosen = Served(way=Way.CHOSEN)
    give(make_judge(), write(writer()).output, {"one": "yes"}, served=chosen)
    assert people_row(client, "?chosen=1")[:2] == ("5", "5")
    assert people_row(client) == ("0", "0", "")
    assert people_row(client, "?chosen=1&since=2999-01-01") == ("0", "0", "")


def people_row(client: Client, query: str = "") -> tuple[str, ...]:
    """What a board's file says of people: n, met and share."""
    text = client.get(f"/leaderboards/taylor.csv{query}").content.decode()
    (row,) = [line for line in csv.DictReader(io.StringIO(text)) if line["model"] == "people"]
    return row["n"], row["met"], row["share"]


@pytest.mark.parametrize(
    "path",
    ["outputs/?model=people", "outputs.csv?model=people", "outputs/?model=people&of=all",
     "outputs/?verdict=met", "answers.csv?model=people"],
)  # fmt: skip
def test_numbers_of_fewer_writers_are_behind_no_list_either(client: Client, path: str) -> None:
    outputs = judged(2, 2, 2, 2)
    text = client.get(f"{BOARD}{path}" if "outputs/" in path else
                      f"{BOARD.removesuffix('/')}/{path}").content.decode()  # fmt: skip
    assert not [output for output in outputs if f"/outputs/{output.pk}/" in text]
    assert not [output for output in outputs if f"\n{output.pk}," in text]


def test_verdicts_find_no_texts_of_fewer_writers(client: Client) -> None:
    outputs = judged(1, 1, 1, 1)
    asked = "/outputs.csv?model=people&definition=taylor&verdict="
    assert f"/outputs/{outputs[0].pk}/" not in client.get(f"{asked}reasoning").content.decode()
    write_more = write(writer())
    give(make_judge(), write_more.output, {"one": "yes"})
    assert f"/outputs/{outputs[0].pk}/" in client.get(f"{asked}reasoning").content.decode()


def test_the_list_of_outputs_leaves_people_out_where_it_says_so(client: Client) -> None:
    outputs = judged(1, 1, 1, 1, 1)
    address = f"/outputs/{outputs[0].pk}/"
    assert address in client.get("/outputs/").content.decode()
    assert address not in client.get("/outputs/?people=0").content.decode()


def test_what_a_board_of_models_rests_on_is_about_models(client: Client) -> None:
    judged(1, 1, 1, 1, 1)
    for output in Output.objects.filter(run__model__is_people=True):
        give(make_judge(), output, {"one": "yes"})
    version = DefinitionVersion.objects.with_pins().get(definition__slug="taylor")
    assert judges_behind(version, current_matrix(), WITH_PEOPLE) == 1
    snapshot = freeze(version, make_user("own", role="researcher"))
    assert (snapshot.outputs, snapshot.judgments, snapshot.judges) == (1, 1, 1)
    assert check_snapshot(snapshot).holds
