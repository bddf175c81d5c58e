"""`manage.py load_catalogue`: the product's first content, loaded as often as one likes."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoDbBlocker

from evaluations.common.tests.kept import kept
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
)
from evaluations.judgments.models import Block
from evaluations.judgments.tests.cast import give, make_judge, make_output
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.overview.overview import overview
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import LanguageModel, Recipe, Run

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("load-catalogue")]

COUNTED = (
    Criterion, CriterionVersion, Definition, DefinitionVersion, Prompt, PromptSet, LanguageModel,
    Recipe, Block,
)  # fmt: skip
SEVEN = (
    "states-conclusion", "adds-intermediate-claim", "grounds-in-observations", "makes-inference",
    "conclusion-supported", "coherent", "to-the-point",
)  # fmt: skip


def load() -> str:
    out = StringIO()
    call_command("load_catalogue", stdout=out)
    return out.getvalue()


def counts() -> list[int]:
    return [model.objects.count() for model in COUNTED]


@pytest.fixture(scope="module")
def catalogue(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with kept(django_db_blocker):
        load()
        yield


def test_loading_twice_changes_nothing(catalogue: None) -> None:
    before = counts()
    assert load().strip() == (
        "Catalogue: 0 new criterion wordings, 0 new definition versions, 0 new prompts, "
        "0 new models and recipes, 0 new blocks, 0 new arguments."
    )
    assert counts() == before


def test_everything_that_the_product_ships_is_there(catalogue: None) -> None:
    assert (Criterion.objects.count(), Definition.objects.count()) == (49, 49)
    asked = Criterion.objects.filter(answered_by="judge")
    assert (asked.filter(level="output").count(), asked.filter(level="prompt").count()) == (24, 3)
    assert Definition.objects.exclude(kind="definition").count() == 28
    assert Prompt.objects.count() >= 40
    assert PromptSet.objects.count() >= 6
    assert DefinitionVersion.objects.published().count() == 49
    assert all(
        set(version.keys) == {w.criterion.key for w in version.criterion_versions.all()}
        for version in DefinitionVersion.objects.published().with_pins()
    )


def test_the_default_block_is_the_seven_that_settle_the_quoted_wordings(catalogue: None) -> None:
    (block,) = Block.objects.filter(is_default=True)
    keys = block.blockcriterion_set.order_by("position").values_list("criterion__key", flat=True)
    assert tuple(keys) == SEVEN


def test_judging_the_default_block_settles_definitions_and_25_need_no_finding(
    catalogue: None,
) -> None:
    give(make_judge(), make_output(), dict.fromkeys(SEVEN, "yes"))
    found = overview(current_matrix())
    assert (len(found.judged), len(found.needing_findings)) == (25, 24)
    settled = {
        row.version.definition.slug
        for row in found.rows
        if row.cells[0].standing.counts["reasoning"]
    }
    assert {slug for slug in settled if "taylor" in slug}
    assert {slug for slug in settled if "oxford" in slug or "dictionary" in slug}


def test_every_page_of_the_catalogue_opens(catalogue: None, client: Client) -> None:
    give(make_judge(), make_output(), dict.fromkeys(SEVEN, "partly"))
    paths = ["/", "/?all=1", "/leaderboards/", "/definitions/", "/criteria/", "/judge/"]
    paths += [f"/judge/?block={block.slug}" for block in Block.objects.all()]
    for definition in Definition.objects.all():
        paths += [definition.get_absolute_url(), f"/leaderboards/{definition.slug}/"]
        paths.append(f"/judge/?direct={definition.slug}")
    paths += [f"/criteria/{key}/" for key in Criterion.objects.values_list("key", flat=True)]
    for path in paths:
        assert client.get(path, follow=True).status_code == 200, path


def test_loading_starts_no_run(catalogue: None) -> None:
    assert not Run.objects.exists()
