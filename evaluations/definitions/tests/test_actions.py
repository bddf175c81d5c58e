"""Wording criteria, drafting and publishing definitions."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from evaluations.accounts.models import User
from evaluations.definitions.actions import (
    RuleRefused,
    draft_definition,
    publish_version,
    word_criterion,
)
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
    as_dict,
)

pytestmark = pytest.mark.django_db


def criterion(key: str) -> Criterion:
    return Criterion.objects.create(key=key, level="output", answered_by="judge")


def word(subject: Criterion, question: str, **fields: Any) -> CriterionVersion:
    wording = {"title": subject.key, "question": question, "guidance": "Look."}
    return word_criterion(criterion=subject, wording=wording, **fields)


def definition(slug: str = "taylor", **fields: Any) -> Definition:
    return Definition.objects.create(slug=slug, name=slug.title(), **fields)


def draft(subject: Definition, rule: Any = "one", **fields: Any) -> DefinitionVersion:
    return draft_definition(
        definition=subject, statement="As said.", rule=rule, reading="As read.", **fields
    )


def test_the_first_wording_is_in_force() -> None:
    version = word(criterion("one"), "Is it?")
    assert (version.number, version.meaning, version.is_current) == (1, 1, True)
    assert (version.question, version.positive_example) == ("Is it?", "")


def test_the_same_wording_again_is_the_same_version() -> None:
    one = criterion("one")
    assert word(one, "Is it?") == word(one, "Is it?")
    assert one.versions.count() == 1


def test_another_wording_takes_over_with_the_same_or_a_new_meaning() -> None:
    one = criterion("one")
    first, second = word(one, "Is it?"), word(one, "Is it so?")
    third = word(one, "Is it not?", new_question=True)
    first.refresh_from_db()
    second.refresh_from_db()
    assert [(v.number, v.meaning, v.is_current) for v in (first, second, third)] == [
        (1, 1, False),
        (2, 1, False),
        (3, 2, True),
    ]
    assert list(CriterionVersion.objects.current()) == [third]


def test_going_back_to_an_earlier_wording_is_a_new_version() -> None:
    one = criterion("one")
    word(one, "Is it?")
    word(one, "Is it so?")
    assert word(one, "Is it?").number == 3


def test_a_draft_is_not_in_force() -> None:
    word(criterion("one"), "Is it?")
    version = draft(definition())
    assert (version.number, version.state, version.is_current) == (1, "draft", False)
    assert not DefinitionVersion.objects.published().exists()


def test_publishing_puts_in_force_and_pins_the_wordings_meant() -> None:
    one, two = criterion("one"), criterion("two")
    word(one, "Is it?")
    wording, other = word(one, "Is it so?"), word(two, "Are they?")
    word(criterion("three"), "Unused?")
    version = publish_version(version=draft(definition(), {"all": ["one", {"not": "two"}]}))
    assert (version.state, version.is_current) == ("published", True)
    assert version.published_at is not None
    assert set(version.criterion_versions.all()) == {wording, other}
    word(one, "Asked anew?", new_question=True)
    assert set(version.criterion_versions.all()) == {wording, other}


def test_a_second_version_takes_over_and_the_first_stays() -> None:
    word(criterion("one"), "Is it?")
    subject = definition()
    first = publish_version(version=draft(subject))
    second = publish_version(version=draft(subject, {"not": "one"}, forked_from=first))
    first.refresh_from_db()
    assert (first.is_current, first.state) == (False, "published")
    assert (second.number, second.forked_from) == (2, first)
    assert list(DefinitionVersion.objects.published()) == [second]
    assert second.get_absolute_url() == "/definitions/taylor/v/2/"


def test_only_a_draft_can_be_published() -> None:
    word(criterion("one"), "Is it?")
    version = publish_version(version=draft(definition()))
    with pytest.raises(ValueError, match="Only a draft"):
        publish_version(version=version)


def test_a_rule_with_a_criterion_without_words_is_not_published() -> None:
    word(criterion("one"), "Is it?")
    criterion("silent"), criterion("mute")
    version = draft(definition(), {"all": ["one", "silent", "mute"]})
    with pytest.raises(ValueError, match=r"no wording yet: mute, silent\.$"):
        publish_version(version=version)
    version.refresh_from_db()
    assert (version.state, version.criterion_versions.count()) == ("draft", 0)


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("two", "two"),
        ({"all": []}, "at least one entry"),
        ({"at_least": 3, "of": ["one"]}, "1"),
        ({"most": ["one"]}, "most"),
        (7, "found a number"),
    ],
)
def test_an_impossible_rule_is_refused_with_the_place(rule: Any, what: str) -> None:
    word(criterion("one"), "Is it?")
    subject = definition()
    with pytest.raises(RuleRefused) as refusal:
        draft(subject, rule)
    assert refusal.value.errors
    assert what in str(refusal.value)
    assert not subject.versions.exists()
    version = DefinitionVersion(definition=subject, number=1, rule=rule)
    with pytest.raises(ValidationError):
        version.clean()


def test_only_the_owner_and_staff_write_and_publish() -> None:
    word(criterion("one"), "Is it?")
    owner, staff, other = (
        User.objects.create_user(name, is_staff=name == "staff")
        for name in ("owner", "staff", "other")
    )
    subject = definition(owner=owner)
    with pytest.raises(PermissionError):
        draft(subject, author=other)
    version = draft(subject, author=owner)
    with pytest.raises(PermissionError):
        publish_version(version=version, actor=other)
    version.refresh_from_db()
    assert version.state == "draft"
    assert publish_version(version=version, actor=staff).is_current


def test_a_definition_as_the_fields_of_the_catalogue() -> None:
    word(criterion("one"), "Is it?")
    version = publish_version(version=draft(definition(year=2024)))
    fields = as_dict(version)
    assert (fields["slug"], fields["version"], fields["rule"]) == ("taylor", 1, "one")
    assert (fields["year"], fields["author"], fields["link"]) == (2024, None, None)
    assert fields["written_by"] is None
    assert version.published_at is not None
    assert fields["published_at"] == version.published_at.isoformat()


def test_the_fields_hold_the_examples_and_who_wrote_them() -> None:
    word(criterion("one"), "Is it?")
    owner = User.objects.create_user("ada", password="a quiet afternoon")
    written = draft(definition(owner=owner), author=owner)
    for name in ("positive_example", "positive_why", "negative_example", "negative_why", "note"):
        setattr(written, name, f"Words of {name}.")
    written.save()
    fields = as_dict(written)
    assert fields["negative_why"] == "Words of negative_why."
    assert {name: fields[name] for name in written.WRITTEN} == written.says()
    assert (fields["written_by"], fields["published_at"]) == ("ada", None)
