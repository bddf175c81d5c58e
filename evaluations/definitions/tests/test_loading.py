"""Loading the catalogue: once, again, and after an entry changed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evaluations.accounts.models import User
from evaluations.definitions import catalogue as shipped
from evaluations.definitions import loading
from evaluations.definitions.actions import RuleRefused
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
)

pytestmark = pytest.mark.django_db

CRITERIA: list[dict[str, Any]] = [
    {
        "key": key,
        "level": "output",
        "answered_by": "judge",
        "process": key == "two",
        "title": key,
        "question": f"Is it {key}?",
        "guidance": "Look.",
        "positive_example": {"text": "It is.", "why": "Because."},
        "negative_example": None,
    }
    for key in ("one", "two")
]
DEFINITIONS: list[dict[str, Any]] = [
    {
        "slug": slug,
        "name": slug.title(),
        "author": None,
        "year": 1900,
        "source": "A book",
        "link": None,
        "verification": "unverified",
        "kind": "definition",
        "quoted": True,
        "statement": "As said.",
        "rule": {"all": ["one", "two"]},
        "absence_policy": "may-be-latent",
        "partly_policy": "not-met",
        "reading": "As read.",
        "note": "",
        "related": related,
    }
    for slug, related in (("first", ["second"]), ("second", ["first"]))
]


class Catalogue:
    """A copy of the catalogue in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.criteria = json.loads(json.dumps(CRITERIA))
        self.definitions = json.loads(json.dumps(DEFINITIONS))

    def load(self) -> tuple[int, int]:
        (self.folder / "criteria.json").write_text(json.dumps(self.criteria))
        (self.folder / "definitions.json").write_text(json.dumps(self.definitions))
        return loading.load_criteria(), loading.load_definitions()


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    shutil.copy(shipped.CATALOGUE / "postulates.json", tmp_path)
    monkeypatch.setattr(shipped, "CATALOGUE", tmp_path)
    return Catalogue(tmp_path)


def test_everything_is_loaded_once(catalogue: Catalogue) -> None:
    assert catalogue.load() == (2, 2)
    assert catalogue.load() == (0, 0)
    assert (Criterion.objects.count(), CriterionVersion.objects.count()) == (2, 2)
    assert (Definition.objects.count(), DefinitionVersion.objects.count()) == (2, 2)
    wording = CriterionVersion.objects.get(criterion__key="one")
    assert (wording.positive_example, wording.positive_why) == ("It is.", "Because.")
    assert (wording.negative_example, wording.criterion.process) == ("", False)
    first = Definition.objects.get(slug="first")
    assert (first.author, first.year, first.position) == ("", 1900, 1)
    assert [other.slug for other in first.related.all()] == ["second"]


def test_a_changed_question_is_a_new_wording_that_means_the_same(catalogue: Catalogue) -> None:
    catalogue.load()
    catalogue.criteria[0]["question"] = "Is it really one?"
    assert catalogue.load() == (1, 0)
    versions = CriterionVersion.objects.filter(criterion__key="one").order_by("number")
    assert [(v.question, v.meaning, v.is_current) for v in versions] == [
        ("Is it one?", 1, False),
        ("Is it really one?", 1, True),
    ]


def test_a_question_of_another_meaning_is_a_new_question_of_every_rule(
    catalogue: Catalogue,
) -> None:
    catalogue.load()
    before = DefinitionVersion.objects.with_pins().get(definition__slug="first")
    catalogue.criteria[0] |= {"question": "Is it one, or two?", "meaning": 2}
    assert catalogue.load() == (1, 2)
    assert catalogue.load() == (0, 0)
    after = DefinitionVersion.objects.published().with_pins().get(definition__slug="first")
    assert (after.number, after.rule) == (2, before.rule)
    assert after.change_note == "The rule is as before; questions that it names are asked anew."

    def meanings(version: DefinitionVersion) -> dict[str, int]:
        return {w.criterion.key: w.meaning for w in version.criterion_versions.all()}

    assert (meanings(before), meanings(after)) == ({"one": 1, "two": 1}, {"one": 2, "two": 1})


def test_a_split_retires_the_old_key_and_keeps_what_it_was(catalogue: Catalogue) -> None:
    catalogue.load()
    old = DefinitionVersion.objects.get(definition__slug="first")
    catalogue.criteria[0]["successors"] = ["three", "four"]
    for key in ("three", "four"):
        catalogue.criteria.append(catalogue.criteria[1] | {"key": key, "title": key})
    catalogue.definitions[0]["statement"] = "Said otherwise."
    with pytest.raises(RuleRefused, match="“one” is retired: use “three” or “four”"):
        catalogue.load()
    # Nothing of the refused loading of definitions stays; the criteria are in.
    catalogue.definitions[0] |= {"rule": {"any": ["three", "four"]}, "changed": "One was split."}
    catalogue.definitions[1] |= {"rule": "two"}
    assert catalogue.load() == (0, 2)
    offered = CriterionVersion.objects.offered().values_list("criterion__key", flat=True)
    assert set(offered) == {"two", "three", "four"}
    assert CriterionVersion.objects.current().filter(criterion__key="one").exists()
    old.refresh_from_db()
    pinned = old.criterion_versions.values_list("criterion__key", flat=True)
    assert (set(pinned), old.is_current) == ({"one", "two"}, False)
    new = DefinitionVersion.objects.published().get(definition=old.definition)
    assert (new.number, new.change_note) == (2, "One was split.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("statement", "Said otherwise."),
        ("rule", "one"),
        ("reading", "Read otherwise."),
        ("absence_policy", "must-be-shown"),
        ("partly_policy", "met"),
        ("note", "A note."),
        ("quoted", False),
    ],
)
def test_a_changed_entry_is_a_new_version(catalogue: Catalogue, field: str, value: object) -> None:
    catalogue.load()
    catalogue.definitions[0][field] = value
    assert catalogue.load() == (0, 1)
    versions = DefinitionVersion.objects.filter(definition__slug="first").order_by("number")
    assert [(version.number, version.is_current) for version in versions] == [(1, False), (2, True)]
    assert getattr(versions[1], field) == value
    assert catalogue.load() == (0, 0)


def test_provenance_is_corrected_in_place(catalogue: Catalogue) -> None:
    catalogue.load()
    catalogue.definitions[0] |= {"year": 1901, "link": "https://example.org/", "related": []}
    catalogue.definitions[1]["related"] = []
    catalogue.definitions.reverse()
    assert catalogue.load() == (0, 0)
    first = Definition.objects.get(slug="first")
    assert (first.year, first.link, first.position) == (1901, "https://example.org/", 2)
    assert not first.related.exists()


def test_a_definition_that_a_person_took_over_is_left_alone(catalogue: Catalogue) -> None:
    catalogue.load()
    owner = User.objects.create_user("owner")
    Definition.objects.filter(slug="first").update(owner=owner, name="Mine now")
    catalogue.definitions[0] |= {"statement": "Said otherwise.", "name": "Theirs"}
    assert catalogue.load() == (0, 0)
    assert Definition.objects.get(slug="first").name == "Mine now"


def test_a_rule_with_an_unknown_criterion_stops_the_loading_whole(catalogue: Catalogue) -> None:
    catalogue.definitions[1]["rule"] = "nothing"
    with pytest.raises(RuleRefused, match="nothing"):
        catalogue.load()
    assert not Definition.objects.exists()


def test_what_is_shipped_is_curated_until_staff_take_it_off(catalogue: Catalogue) -> None:
    catalogue.load()
    assert not Definition.objects.filter(curated_at=None).exists()
    Definition.objects.update(curated_at=None)
    catalogue.definitions[0]["statement"] = "Another one."
    assert catalogue.load() == (0, 1)
    assert not Definition.objects.exclude(curated_at=None).exists()
