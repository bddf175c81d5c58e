from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluations.accounts.models import User
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.definitions.tests.cast import make_criteria, make_published, make_user, wording
from evaluations.leaderboards.matrix.definitions import curated_versions

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    make_criteria()
    return make_user("ada")


@pytest.fixture
def mine(ada: User) -> DefinitionVersion:
    version = make_published(ada)
    Definition.objects.update(curated_at=timezone.now())
    return version


def test_they_are_read_once(
    mine: DefinitionVersion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    curated_versions()
    with django_assert_num_queries(1):
        (kept,) = curated_versions()
    assert kept == mine
    pins = mine.pinned
    with django_assert_num_queries(0):
        assert kept.pinned == pins


def publish_another(mine: DefinitionVersion) -> None:
    words = wording(statement="drawing other conclusions")
    draft = draft_definition(definition=mine.definition, author=mine.author, **words)
    publish_version(version=draft, actor=mine.author)


@pytest.mark.parametrize("change", [
    lambda mine: Definition.objects.filter(pk=mine.definition_id).update(name="Renamed"),
    publish_another,
    lambda mine: Definition.objects.update(curated_at=None),
    lambda mine: User.objects.filter(pk=mine.author_id).update(hides_name=True),
    lambda mine: mine.criterion_versions.through.objects.all().delete(),
], ids=["name", "version", "mark", "author", "pins"])  # fmt: skip
def test_what_changed_is_read_again(
    mine: DefinitionVersion, change: Callable[[DefinitionVersion], object]
) -> None:
    def said() -> list[object]:
        return [
            (it.pk, it.definition.name, it.author and it.author.shown_name, it.pinned)
            for it in curated_versions()
        ]

    before = said()
    change(mine)
    assert said() != before


def test_who_signs_in_changes_none(mine: DefinitionVersion, ada: User) -> None:
    (before,) = curated_versions()
    User.objects.filter(pk=ada.pk).update(last_login=timezone.now(), seen_event=7)
    (after,) = curated_versions()
    assert after is before
