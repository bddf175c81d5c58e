"""Which curated definitions no worked case parts, and what would part them."""

from io import StringIO

import pytest
from django.core.management import call_command

from evaluations.definitions.catalogue.gaps import answers_on_cases, parts, unparted, worked_cases
from evaluations.definitions.loading import load_criteria, load_definitions
from evaluations.definitions.models import DefinitionVersion

pytestmark = pytest.mark.django_db

LEFT = 21
"""Pairs that no worked case parts; a new case may lower it, nothing may raise it."""


@pytest.fixture
def versions() -> list[DefinitionVersion]:
    load_criteria()
    load_definitions()
    return list(DefinitionVersion.objects.curated().with_pins())


def test_at_most_two_dozen_cases_part_nearly_all_pairs(versions: list[DefinitionVersion]) -> None:
    assert len(worked_cases()) <= 24
    left = {(a.definition.slug, b.definition.slug) for a, b in unparted(versions)}
    assert len(left) == LEFT
    assert ("taylor-as-quoted", "taylor-as-spoken") not in left
    assert ("huang-and-chang", "hobbes-reckoning") in left


def test_each_definition_counts_some_case(versions: list[DefinitionVersion]) -> None:
    for version in versions:
        assert "yes" in answers_on_cases(version), version.definition.slug


def test_a_case_parts_two_where_one_is_yes_and_the_other_known_and_not() -> None:
    assert parts("yes", "no")
    assert parts("partly", "yes")
    assert not parts("partly", "no")
    assert not parts("yes", "cannot-tell")
    assert not parts("yes", "yes")


def test_the_command_says_what_would_part_each_pair(versions: list[DefinitionVersion]) -> None:
    out = StringIO()
    call_command("catalogue_gaps", stdout=out)
    said = out.getvalue()
    pairs = len(versions) * (len(versions) - 1) // 2
    assert f"24 worked cases part {pairs - LEFT} of {pairs} pairs." in said
    names = {each.definition.slug: each.definition.name for each in versions}
    huang, hobbes = names["huang-and-chang"], names["hobbes-reckoning"]
    assert f"{huang} | {hobbes}" in said
    assert f"  only {hobbes}: “states a conclusion”: yes, " in said
    assert f"  only {huang}:" not in said.partition(f"{huang} | {hobbes}")[2].partition(" | ")[0]
