"""Collections by rule: what each finds, in which order, and what it says while it finds nothing."""

import pytest
from django.test import Client

from evaluations.curation.by_rule import rules
from evaluations.curation.by_rule.rules import RULES, tie
from evaluations.curation.models import Collection
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_run,
    make_user,
)
from evaluations.prompts.models import Family
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def judges() -> list[Judge]:
    make_criterion("one")
    make_criterion("two")
    make_definition(rules.TAYLOR, "one")
    make_definition("other", "two")
    return [make_judge() for _ in range(3)]


def found(name: str) -> list[int]:
    return list(RULES[name].find().outputs)


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("nothing-visible", "0 are graded right"),
        ("good-steps-wrong-answer", "0 are called reasoning"),
        ("definitions-split", "asked about 0 outputs"),
        ("judges-split", "the most on one so far is 0"),
        ("altered-riddle", "there is none"),
        ("brittle", "0 can be compared"),
    ],
)
def test_an_empty_one_says_what_it_lacks(
    client: Client, judges: list[Judge], name: str, lacks: str
) -> None:
    assert lacks in RULES[name].find().lacks
    page = client.get(f"/collections/site/{name}/").content.decode()
    assert lacks in page
    assert lacks in client.get("/collections/").content.decode()


def test_a_right_answer_without_visible_working() -> None:
    hidden = make_output(grade=1.0, trace="", trace_visibility="hidden")
    unwritten = make_output(grade=1.0, trace="", trace_visibility="not-written")
    make_output(grade=1.0)
    make_output(grade=0.0, trace="", trace_visibility="hidden")
    assert found("nothing-visible") == sorted([hidden.pk, unwritten.pk], key=tie)


def test_good_steps_and_a_wrong_answer(judges: list[Judge]) -> None:
    wrong, right, bad = (make_output(grade=grade) for grade in (0.0, 1.0, 0.0))
    for output, answer in ((wrong, "yes"), (right, "yes"), (bad, "no")):
        give(judges[0], output, {"one": answer})
    assert found("good-steps-wrong-answer") == [wrong.pk]


def test_where_definitions_split(judges: list[Judge]) -> None:
    split, alike = make_output(), make_output()
    give(judges[0], split, {"one": "yes", "two": "no"})
    give(judges[0], alike, {"one": "yes", "two": "yes"})
    assert found("definitions-split") == [split.pk]


def test_where_three_judges_split_those_most_apart_first(judges: list[Judge]) -> None:
    most, some, none, few = (make_output() for _ in range(4))
    for judge, *answers in zip(
        judges, ("yes", "no", "partly"), ("yes", "yes", "no"), ("no", "no", "no"), strict=True
    ):
        for output, answer in zip((most, some, none), answers, strict=True):
            give(judge, output, {"one": answer})
    for judge, answer in zip(judges[:2], ("yes", "no"), strict=True):
        give(judge, few, {"one": answer})
    assert found("judges-split") == [most.pk, some.pk]


def riddle(grades: dict[str, float], relation: str = "changed-rule") -> dict[str, Output]:
    """Outputs of one model to an original and its variants."""
    family = Family.objects.create(slug="river")
    return {
        name: make_output(
            prompt=make_prompt(
                family=family, relation="original" if name == "original" else relation
            ),
            grade=grade,
        )
        for name, grade in grades.items()
    }


def test_the_altered_riddle_is_wrong_where_the_original_is_right() -> None:
    outputs = riddle({"original": 1.0, "altered": 0.0, "solved": 1.0})
    other = make_run(make_model("prattler"))
    make_output(run=other, prompt=outputs["altered"].prompt, grade=0.0)
    assert found("altered-riddle") == [outputs["altered"].pk]


@pytest.mark.parametrize(
    ("grades", "brittle"),
    [
        ({"original": 1.0, "a": 0.0, "b": 1.0, "c": 1.0}, ["a"]),
        ({"original": 1.0, "a": 0.0, "b": 1.0, "c": 1.0, "d": 1.0}, []),
        ({"original": 0.0, "a": 0.0}, []),
    ],
)
def test_brittle_is_a_fall_by_a_third(grades: dict[str, float], brittle: list[str]) -> None:
    outputs = riddle(grades, "surface")
    assert found("brittle") == [outputs[name].pk for name in brittle]


def test_a_failed_comprehension_check_makes_no_family_brittle() -> None:
    riddle({"original": 1.0, "check": 0.0}, "check")
    assert found("brittle") == []


def test_a_rule_shows_so_many_in_an_order_that_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST", 2)
    keys = [make_output(grade=1.0, trace="", trace_visibility="hidden").pk for _ in range(4)]
    assert found("nothing-visible") == sorted(keys, key=tie)[:2]
    assert "2 of 4 outputs" in client.get("/collections/").content.decode()


def test_a_fork_keeps_what_was_found_that_day(client: Client) -> None:
    kept = make_output(grade=1.0, trace="", trace_visibility="hidden")
    address = "/collections/site/nothing-visible/"
    client.force_login(make_user("ada"))
    client.post(f"{address}fork/")
    made = Collection.objects.get()
    assert (made.built_by, made.visibility) == ("nothing-visible", "private")
    item = made.placements.get()
    assert (item.output, item.came_from) == (kept, address)
    assert client.post("/collections/site/brittle/fork/").status_code == 409
    page = client.get(made.get_absolute_url()).content.decode()
    assert f'<a href="{address}">' in page


def test_no_other_rule_is_there(client: Client) -> None:
    assert client.get("/collections/site/popular/").status_code == 404


def test_a_withdrawn_run_leaves_every_rule() -> None:
    hidden = make_output(grade=1.0, trace="", trace_visibility="hidden")
    hidden.run.withdrawn_at = hidden.run.created_at
    hidden.run.save()
    assert found("nothing-visible") == []
