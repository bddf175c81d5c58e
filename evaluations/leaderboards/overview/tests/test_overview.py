"""The output on which definitions split most, and the cells and rows of the matrix."""

import re

import pytest
from django.test import Client

from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_run,
)
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.comparisons.disagreement import Disagreement
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.overview import overview as overview_module
from evaluations.leaderboards.overview.cells import table_context
from evaluations.leaderboards.overview.overview import (
    by_mean_share,
    column_key,
    in_order,
    overview,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def versions() -> list[DefinitionVersion]:
    make_criterion("one")
    make_criterion("two")
    return [
        make_definition("a", "one"),
        make_definition("b", {"not": "one"}),
        make_definition("c", "two"),
        make_definition("d", {"not": "two"}),
    ]


def contested(versions: list[DefinitionVersion], selection: Selection | None = None) -> int | None:
    """The key of the output that splits these definitions most evenly."""
    held = current_matrix()
    place = Disagreement(versions, held, Question(selection or Selection())).contested
    return None if place is None else int(held.output[place])


def test_nothing_is_contested_while_nothing_is_settled_both_ways(
    versions: list[DefinitionVersion],
) -> None:
    assert contested(versions) is None
    output = make_output()
    assert contested([]) is None
    give(make_judge(), output, {"one": "partly", "two": "cannot-tell"})
    assert contested(versions) is None


def test_the_output_with_the_most_on_the_smaller_side(versions: list[DefinitionVersion]) -> None:
    judge, some, most = make_judge(), make_output(), make_output()
    give(judge, some, {"one": "yes"})
    give(judge, most, {"one": "yes", "two": "no"})
    assert contested(versions) == most.pk
    give(make_judge(), some, {"one": "yes"})
    assert contested(versions) == some.pk, "facts on which judges agree come first"


def test_only_counted_judgments_contest(versions: list[DefinitionVersion]) -> None:
    output = make_output()
    give(make_judge("guest"), output, {"one": "yes", "two": "no"})
    assert contested(versions) is None
    assert contested(versions, Selection(judges="guests")) == output.pk


def test_no_cell_with_a_share_has_a_mark(client: Client, versions: list[DefinitionVersion]) -> None:
    """Two cells with 40% would have one ● and one ○, by their most frequent of four verdicts."""
    judge = make_judge()
    for one, two in (("yes", "yes"), ("yes", "yes"), ("partly", "no"), ("cannot-tell", "no")):
        give(judge, make_output(), {"one": one, "two": two})
    make_criterion("nobody-asked")
    make_definition("e", {"all": ["one", "nobody-asked"]})
    for path in ("/?all=1", "/leaderboards/"):
        page = client.get(path).content.decode()
        cells = re.findall(r'<td class="heat.*?</td>', page, re.DOTALL)
        assert len(cells) == 4
        for cell in cells:
            assert ("cell-share" in cell) != ('class="mark' in cell), path


def test_a_column_for_every_model_and_recipe_that_wrote(versions: list[DefinitionVersion]) -> None:
    assert overview(current_matrix()).columns == []
    output = make_output()
    found = overview(current_matrix())
    assert list(found.columns) == [(output.run.model, output.run.recipe)]
    assert [row.version.definition.slug for row in found.rows] == ["a", "b", "c", "d"]
    assert not found.has_verdicts
    give(make_judge(), output, {"one": "no"})
    assert overview(current_matrix()).has_verdicts


def test_cells_are_made_only_for_the_columns_that_are_drawn(
    versions: list[DefinitionVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, made = make_judge(), []
    for number in range(4):
        run = make_run(model=make_model(f"m{number}"))
        give(judge, make_output(run=run), {"one": "yes" if number == 2 else "no"})
    make = overview_module.lacks_of
    monkeypatch.setattr(overview_module, "lacks_of", lambda *of: made.append(of) or make(*of))
    found = by_mean_share(overview(current_matrix(), versions=versions[:1]))
    assert not made
    drawn = table_context(found, most=1)
    assert len(made) == sum(row.asked for row in found.rows) == 1
    assert [cell["share"] for cell in drawn["rows"][0]["cells"]] == [1.0], "the highest first"
    leading = found.rows[0].leading
    assert leading is not None
    assert leading.model.slug == "m2"
    assert len(list(found.rows[0].cells)) == 4


def test_rows_are_ordered_by_name_by_year_or_by_a_column(versions: list[DefinitionVersion]) -> None:
    Definition.objects.filter(slug="a").update(name="Zeno", year=1990)
    Definition.objects.filter(slug="d").update(name="abbot")
    judge = make_judge()
    for value in ("yes", "yes", "no"):
        give(judge, make_output(), {"one": value})
    found = overview(current_matrix())
    (column,) = found.columns

    def order(by: str) -> list[str]:
        return [row.version.definition.slug for row in in_order(found, by).rows]

    assert order("") == order("no-such-column") == ["a", "b", "c", "d"]
    assert order("name") == ["d", "b", "c", "a"]
    assert order("year") == ["a", "b", "c", "d"], "without a year they come last"
    Definition.objects.filter(slug="c").update(year=1980)
    found = overview(current_matrix())
    assert order("year") == ["c", "a", "b", "d"]
    assert order(column_key(*column)) == ["a", "b", "c", "d"], "2 of 3, 1 of 3, not asked"
    assert order("babbler--plainly")[:2] == ["a", "b"]
