"""What is said of judgments in SQL: set apart, not for everybody, under which protocol."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import (
    Answer,
    Comparison,
    GoldAnswer,
    Item,
    Judge,
    Judgment,
    Opinion,
    Protocol,
    Way,
)
from evaluations.judgments.querysets import (
    IsGuarded,
    IsGuardedPair,
    OfForm,
    ProtocolOf,
    SetApart,
    is_guarded,
    is_guarded_pair,
    protocol_of,
    set_apart,
)
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_model,
    make_output,
    make_run,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db

APART = {"chosen", "gold", "not passed", "set aside", "set aside there"}
GUARDED = {"private run", "private set", "private protocol", "round", "of a model"}


@pytest.fixture
def world() -> dict[int, str]:
    """Judgments, and what they say about prompts beside outputs, by what is odd about each."""
    wording = make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    block, said = make_block("one"), {}

    def judge_it(name: str, *, by: Judge | None = None, output: Output | None = None,
                 item: Item | None = None, way: Way = Way.SERVED) -> Judge:  # fmt: skip
        judge, about = by or make_judge(), (item and item.output) or output or make_output()
        answers = {"one": "yes"} if judge.kind == "model" else {"one": "yes", "needs-steps": "no"}
        served = Served(item=item, page="block:first" if item else "", way=way)
        said.update((form.pk, name) for form in give(judge, about, answers, served=served))
        return judge

    judge_it("plain")
    judge_it("chosen", way=Way.CHOSEN)
    asked = make_protocol("asked", blocks=(block,), qualification_share=60)
    gold = make_item(asked, make_output(), is_gold=True, is_qualification=True)
    GoldAnswer.objects.create(
        item=gold, criterion=wording.criterion, criterion_version=wording, value="yes"
    )
    passed = judge_it("gold", item=gold)
    judge_it("passed", by=passed, item=make_item(asked, make_output()))
    judge_it("not passed", item=make_item(asked, make_output()))
    staff = make_user("staff", is_staff=True)
    out = judge_it("set aside", item=make_item(asked, make_output()))
    judge_it("set aside", by=out)
    out.set_aside.create(reason="Odd.", actor=staff)
    open_to_all = make_protocol("open", blocks=(block,))
    there = judge_it("set aside there", item=make_item(open_to_all, make_output()))
    judge_it("elsewhere", by=there)
    there.set_aside.create(protocol=open_to_all.protocol, reason="Odd.", actor=staff)
    back = judge_it("lifted")
    row = back.set_aside.create(reason="Odd.", actor=staff)
    back.set_aside.create(lifts=row, reason="Not odd.", actor=staff)

    other = make_run(make_model("other"))
    judge_it("private run", output=make_output(run=other))
    kept = PromptSet.objects.create(slug="kept", title="Kept")
    third = Run.objects.create(model=other.model, recipe=other.recipe, prompt_set=kept)
    hidden = Prompt.objects.create(slug="hidden", title="Hidden", text="?", prompt_set=kept)
    judge_it("private set", output=make_output(run=third, prompt=hidden))
    closed = make_protocol("closed", blocks=(block,))
    judge_it("private protocol", item=make_item(closed, make_output()))
    for name, ended in (("round", None), ("round that is over", timezone.now())):
        group = make_protocol(name.replace(" ", "-"), blocks=(block,))
        judge_it(name, item=make_item(group, make_output()))
        Protocol.objects.filter(pk=group.protocol_id).update(
            ends_at=timezone.now() + dt.timedelta(days=1), closed_at=ended,
            visibility="unlisted", access="invited",
        )  # fmt: skip
    model = judge_it("of a model", by=make_judge("model"))
    form = Judgment.objects.get(judge=model, output__isnull=False)
    Opinion.objects.create(
        judge=model, output=form.output, block=block, prompt_version=1, state="answered",
        judgment=form, asked_as=make_output(run=other),
    )  # fmt: skip
    judge_it("taken back")
    gone = [key for key, name in said.items() if name == "taken back"]
    Judgment.objects.filter(pk__in=gone).update(withdrawn_at=timezone.now())
    runs = Run.objects.filter(pk__in=[other.pk, third.pk])
    for hidden in (
        Protocol.objects.filter(slug="closed"),
        runs,
        PromptSet.objects.filter(pk=kept.pk),
    ):
        hidden.update(visibility="private")
    return said


def by_sql(statement: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {key for (key,) in cursor.fetchall()}


@pytest.mark.parametrize(
    ("condition", "sql", "names"), [(SetApart, set_apart, APART), (IsGuarded, is_guarded, GUARDED)]
)
def test_a_condition_holds_for_a_judgment_wherever_it_is_read(
    world: dict[int, str],
    condition: type[OfForm],
    sql: Callable[[str], str],
    names: set[str],
) -> None:
    held = by_sql(f"SELECT form.id FROM judgments_judgment form WHERE {sql('form')}")
    assert held == {key for key, name in world.items() if name in names}
    judgments = Judgment.objects.filter(Q(condition())).values_list("pk", flat=True)
    assert set(judgments) == held
    rest = Judgment.objects.filter(~Q(condition())).values_list("pk", flat=True)
    assert set(rest) == set(world) - held
    within = Judgment.objects.filter(pk__in=Judgment.objects.filter(Q(condition())).values("pk"))
    assert set(within.values_list("pk", flat=True)) == held
    for found, expected in ((Q(condition("judgment")), held), (~Q(condition("judgment")), rest)):
        answers = Answer.objects.filter(found).values_list("judgment", flat=True)
        assert set(answers) == set(expected)
    told = Answer.objects.annotate(told=condition("judgment")).filter(told=True)
    assert set(told.values_list("judgment", flat=True)) == held


def test_a_judgment_tells_its_protocol(world: dict[int, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT form.id, {protocol_of('form')} FROM judgments_judgment form")
        expected = dict(cursor.fetchall())
    assert dict(Judgment.objects.values_list("pk", ProtocolOf())) == expected
    assert len(set(expected.values())) == 6


def test_a_comparison_is_guarded_by_either_side_and_by_its_protocol(world: dict[int, str]) -> None:
    open_one, other = make_output(), make_output()
    private = Output.objects.filter(run__visibility="private").first()
    assert private is not None
    asked = [
        make_item(Item.objects.filter(version__protocol__slug=slug)[0].version, pair=pair)
        for slug, pair in (("open", (open_one, other)), ("closed", (open_one, other)))
    ]
    pairs = [
        Comparison.objects.create(
            judge=make_judge(), left=left, right=right, value="left", item=item
        )
        for left, right, item in (
            (open_one, other, None), (private, other, None), (open_one, private, None),
            (open_one, other, asked[0]), (open_one, other, asked[1]),
        )
    ]  # fmt: skip
    guarded = {pair.pk for pair in (pairs[1], pairs[2], pairs[4])}
    form = f"SELECT form.id FROM judgments_comparison form WHERE {is_guarded_pair('form')}"
    assert by_sql(form) == guarded
    assert (
        set(Comparison.objects.filter(Q(IsGuardedPair())).values_list("pk", flat=True)) == guarded
    )
    told = Comparison.objects.for_everybody()
    assert set(told.values_list("pk", flat=True)) == {pair.pk for pair in pairs} - guarded


def test_what_many_judgments_are_compared_with_is_made_once(world: dict[int, str]) -> None:
    """Where its cost is counted for each, no other cost weighs anything, and PostgreSQL compares
    each of half a million answers with each judgment of a study."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE judgments_judgment")

    def cost(**of: Any) -> float:
        plan = Judgment.objects.for_everybody().filter(**of).order_by().explain(format="json")
        return float(json.loads(plan)[0]["Plan"]["Total Cost"])

    assert cost() < cost(pk=min(world)) * len(world) / 3
