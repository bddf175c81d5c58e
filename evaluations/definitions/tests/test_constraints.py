"""What PostgreSQL itself refuses for criteria and definitions."""

import pytest
from django.db import IntegrityError, transaction

from evaluations.definitions.actions import draft_definition, publish_version, word_criterion
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def wording() -> CriterionVersion:
    criterion = Criterion.objects.create(key="one", level="output", answered_by="judge")
    return word_criterion(
        criterion=criterion, wording={"title": "one", "question": "Is it?", "guidance": "Look."}
    )


def a_draft() -> DefinitionVersion:
    definition = Definition.objects.create(slug="taylor", name="Taylor")
    return draft_definition(
        definition=definition, statement="As said.", rule="one", reading="As read."
    )


def test_a_criterions_wording_is_append_only(wording: CriterionVersion) -> None:
    for change in ({"question": "Is it not?"}, {"meaning": 2}, {"guidance": ""}):
        with (
            pytest.raises(IntegrityError, match="definitions_criterionversion is append-only"),
            transaction.atomic(),
        ):
            CriterionVersion.objects.update(**change)
    CriterionVersion.objects.update(is_current=False)


def test_a_draft_may_change_and_what_was_published_may_not(wording: CriterionVersion) -> None:
    version = a_draft()
    DefinitionVersion.objects.update(statement="Said better.")
    publish_version(version=version)
    for change in ({"statement": "Rewritten."}, {"rule": {"not": "one"}}, {"partly_policy": "met"}):
        with (
            pytest.raises(IntegrityError, match="definitions_definitionversion is append-only"),
            transaction.atomic(),
        ):
            DefinitionVersion.objects.update(**change)
    DefinitionVersion.objects.update(state="retired", is_current=False)
    assert DefinitionVersion.objects.get().statement == "Said better."


def test_one_wording_and_one_version_in_force(wording: CriterionVersion) -> None:
    with pytest.raises(IntegrityError, match="criterion_version_one_current"), transaction.atomic():
        CriterionVersion.objects.create(criterion=wording.criterion, number=2)
    version = publish_version(version=a_draft())
    with (
        pytest.raises(IntegrityError, match="definition_version_one_current"),
        transaction.atomic(),
    ):
        DefinitionVersion.objects.create(
            definition=version.definition,
            number=2,
            rule="one",
            state="published",
            is_current=True,
            published_at=version.published_at,
        )


def test_a_draft_is_neither_current_nor_dated(wording: CriterionVersion) -> None:
    a_draft()
    for change in ({"is_current": True}, {"state": "published"}):
        with (
            pytest.raises(IntegrityError, match="definition_version_drafts_unpublished"),
            transaction.atomic(),
        ):
            DefinitionVersion.objects.update(**change)


@pytest.mark.parametrize("link", ["http://example.org/", "javascript:alert(1)", "example.org"])
def test_a_link_is_https_or_absent(link: str) -> None:
    with pytest.raises(IntegrityError, match="definition_link_https"), transaction.atomic():
        Definition.objects.create(slug="a", name="A", link=link)
    Definition.objects.create(slug="b", name="B", link="https://example.org/")
    Definition.objects.create(slug="c", name="C")


@pytest.mark.parametrize("level", ["set", "trace-edit", "mechanism"])
def test_judges_answer_about_outputs_and_prompts_only(level: str) -> None:
    with (
        pytest.raises(IntegrityError, match="criterion_judges_see_outputs_and_prompts"),
        transaction.atomic(),
    ):
        Criterion.objects.create(key="a", level=level, answered_by="judge")
    Criterion.objects.create(key="a", level=level, answered_by="probe")


def test_declared_choices_are_the_only_ones() -> None:
    with pytest.raises(IntegrityError, match="criterion_level_known"), transaction.atomic():
        Criterion.objects.create(key="a", level="planet", answered_by="probe")
    with pytest.raises(IntegrityError, match="definition_kind_known"), transaction.atomic():
        Definition.objects.create(slug="a", name="A", kind="slogan")
