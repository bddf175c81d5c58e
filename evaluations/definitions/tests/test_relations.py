"""Postulates, and relations by logic as they are stored when a version is published."""

from typing import Any

import pytest

from evaluations.definitions import relation_actions
from evaluations.definitions.actions import word_criterion
from evaluations.definitions.catalogue import read
from evaluations.definitions.loading import load_criteria, load_definitions
from evaluations.definitions.logic import (
    follows,
    follows_among,
    follows_to_many,
    parted,
    pattern_in_words,
    stated_version,
    stated_with,
)
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    DefinitionVersion,
    Follows,
    Relation,
)
from evaluations.definitions.postulates import gone_against, postulated
from evaluations.definitions.relation_actions import relate_all
from evaluations.definitions.tests.cast import make_criteria, make_published, make_user
from evaluations.definitions.workshop_actions import restore_definition, retire_definition
from evaluations.rules import Postulate, entails, evaluate, separator, stated


def follows_of(one: DefinitionVersion, other: DefinitionVersion) -> tuple[int, int]:
    first, second = sorted((one, other), key=lambda version: version.pk)
    row = Relation.objects.get(one=first, other=second)
    return row.by_rules, row.by_postulates


@pytest.mark.parametrize("case", read("cases.json"), ids=lambda case: case["id"])
def test_no_worked_case_goes_against_a_postulate(case: dict[str, Any]) -> None:
    meanings = {entry["key"]: entry.get("meaning", 1) for entry in read("criteria.json")}
    answers = {(key, meanings[key]): value for key, value in case["answers"].items()}
    assert gone_against(answers) == []


def test_each_postulate_is_about_questions_that_are_asked_and_met_by_some_case() -> None:
    asked = {
        (entry["key"], entry.get("meaning", 1))
        for entry in read("criteria.json")
        if not entry.get("successors")
    }
    for each in postulated():
        assert {(each.key, each.meaning), (each.needs, each.needs_meaning)} <= asked
        assert each.why.endswith(".")
        met = [case for case in read("cases.json") if case["answers"].get(each.key) == "yes"]
        assert met, f"no worked case answers {each.key} with yes"


def test_a_postulate_holds_for_partly_where_it_says_so() -> None:
    def names(**answers: str) -> list[str]:
        given = {(key.replace("_", "-"), 2 if key == "conclusion_supported" else 1): value
                 for key, value in answers.items()}  # fmt: skip
        return [each.pair for each in gone_against(given)]

    pair = ["conclusion-supported.states-conclusion"]
    assert names(conclusion_supported="yes", states_conclusion="no") == pair
    assert names(conclusion_supported="partly", states_conclusion="no") == pair
    assert names(conclusion_supported="yes", states_conclusion="partly") == []
    assert names(builds_on_earlier_result="partly", makes_inference="no") == []


@pytest.mark.django_db
def test_a_new_question_drops_its_postulates() -> None:
    load_criteria()
    rule = {"all": ["states-conclusion", "builds-on-earlier-result"]}

    def now() -> tuple[Follows, Follows]:
        meanings = dict(CriterionVersion.objects.current().values_list("criterion__key", "meaning"))
        one = stated_with(rule, meanings, "may-be-latent", ())
        found = parted(one, stated_with("makes-inference", meanings, "may-be-latent", ()))
        return found.by_rules, found.by_postulates

    assert now() == (Follows.CROSSES, Follows.FORWARD)
    criterion = Criterion.objects.get(key="makes-inference")
    words = {"title": "infers", "question": "Is something inferred?", "guidance": "Look."}
    word_criterion(criterion=criterion, wording=words)
    assert now() == (Follows.CROSSES, Follows.FORWARD), "other words ask the same"
    other = {**words, "question": "Does it infer?"}
    word_criterion(criterion=criterion, wording=other, new_question=True)
    assert now() == (Follows.CROSSES, Follows.CROSSES)


@pytest.mark.django_db
def test_publishing_stores_what_follows_from_what() -> None:
    make_criteria()
    owner = make_user("owner")
    strict = make_published(owner, "Strict", rule={"all": ["one", "two"]})
    loose = make_published(owner, "Loose", rule="one")
    same = make_published(owner, "Same", rule={"not": {"any": [{"not": "one"}, {"not": "two"}]}})
    crossing = make_published(owner, "Crossing", rule="three")
    assert Relation.objects.count() == 6
    assert follows_of(strict, loose) == (Follows.FORWARD, Follows.FORWARD)
    assert follows_of(loose, same) == (Follows.BACKWARD, Follows.BACKWARD)
    assert follows_of(strict, same) == (Follows.BOTH, Follows.BOTH)
    assert follows_of(strict, crossing) == (Follows.CROSSES, Follows.CROSSES)
    assert set(Relation.objects.that_tell().of(loose)) == set(
        Relation.objects.exclude(by_rules=0).of(loose)
    )


@pytest.mark.django_db
def test_what_was_retired_meanwhile_is_related_when_it_is_restored() -> None:
    make_criteria()
    owner = make_user("owner")
    first = make_published(owner, "First", rule="one")
    retire_definition(definition=first.definition, actor=owner)
    later = make_published(owner, "Later", rule={"all": ["one", "two"]})
    assert not Relation.objects.exists()
    restore_definition(definition=first.definition, actor=owner)
    assert follows_of(first, later) == (Follows.BACKWARD, Follows.BACKWARD)


@pytest.mark.django_db
def test_an_upgraded_site_works_them_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load_criteria()
    load_definitions()
    count = DefinitionVersion.objects.published().count()
    assert Relation.objects.count() == count * (count - 1) // 2
    assert relate_all() == 0
    Relation.objects.first().delete()  # type: ignore[union-attr]
    assert relate_all() == 1
    monkeypatch.setattr(relation_actions, "digest", lambda: "others")
    assert relate_all() == Relation.objects.count()
    assert set(Relation.objects.values_list("postulates", flat=True)) == {"others"}


@pytest.mark.django_db
def test_the_shipped_relations_hold_on_every_worked_case() -> None:
    """What follows by logic follows on each case; a separator comes out as it says."""
    load_criteria()
    load_definitions()
    versions = DefinitionVersion.objects.curated().with_pins().in_bulk()
    rows = list(Relation.objects.that_tell())
    assert len(rows) > 30
    for row in rows:
        one, other = versions[row.one_id], versions[row.other_id]
        pairs = {1: [(one, other)], 2: [(other, one)], 3: [(one, other), (other, one)]}
        for strict, loose in pairs[row.by_postulates]:
            for case in read("cases.json"):
                if evaluate(strict.rule, case["answers"]) == "yes":
                    said = evaluate(loose.rule, case["answers"])
                    assert said in {"yes", "cannot-tell"}, (case["id"], strict, loose)


@pytest.mark.django_db
def test_two_meanings_of_one_criterion_are_two_questions() -> None:
    one = stated_with("a", {"a": 1}, "may-be-latent", ())
    other = stated_with("a", {"a": 2}, "may-be-latent", ())
    assert not entails(one, other)
    assert separator(one, other) == {"a@1": "yes", "a@2": "no"}
    found = parted(one, other).first_only
    assert found == {("a", 1): "yes", ("a", 2): "no"}


@pytest.mark.django_db
def test_the_absence_policy_is_part_of_what_a_version_says() -> None:
    make_criteria()
    Criterion.objects.filter(key="two").update(process=True)
    owner = make_user("owner")
    rule = {"all": ["one", {"not": "two"}]}
    latent = make_published(owner, "Latent", rule=rule)
    shown = make_published(owner, "Shown", rule=rule, absence_policy="must-be-shown")
    assert follows_of(latent, shown) == (Follows.FORWARD, Follows.FORWARD)
    both = DefinitionVersion.objects.with_pins().in_bulk([latent.pk, shown.pk])
    found = parted(stated_version(both[shown.pk]), stated_version(both[latent.pk]))
    assert found.first_only is not None
    words = pattern_in_words(found.first_only, {"one": "has one", "two": "has two"})
    assert words == "“has one”: yes and “has two”: cannot tell, as the trace is withheld"
    assert found.second_only is None


def test_many_rules_at_once_are_to_each_other_what_any_two_are() -> None:
    """Too large ones among them, and those whose working must be shown."""
    too_large = {"at_least": 15, "of": [f"k{number}" for number in range(30)]}
    shown = stated({"not": "a"}, policy="must-be-shown", process=["a"])
    texts = ("a", {"not": "a"}, {"all": ["a", "b"]}, {"any": ["b", "c"]}, too_large)
    rules = [*map(stated, texts), shown]
    needs = (Postulate("a", "c"),)
    for given in ((), needs):
        expected = [[follows(one, other, given) for other in rules] for one in rules]
        assert follows_among(rules, given) == expected
        assert [follows_to_many(one, rules, given) for one in rules] == expected
    assert follows_among([]) == []
