"""Comparisons that are kept in memory are those that the database has."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.definitions.models import Definition
from evaluations.judgments.models import (
    Comparison,
    Item,
    Protocol,
    ProtocolVersion,
    SetAside,
)
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.leaderboards.aspects.pairwise_rows import comparisons_for, read_comparisons
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def one() -> Comparison:
    """Of two comparisons that count: one by itself, one under a protocol."""
    recipe, prompt = make_recipe(), make_prompt()
    left, right = (
        make_output(run=make_run(make_model(name), recipe), prompt=prompt)
        for name in ("ape", "bee")
    )
    protocol = Protocol.objects.create(
        slug="pairs", title="Pairs", owner=make_user("owner"), opened_at=timezone.now()
    )
    version = ProtocolVersion.objects.create(protocol=protocol, subject="pair")
    item = Item.objects.create(version=version, left=left, right=right, needed=3, random=0.5)
    judge = make_judge()
    Comparison.objects.create(judge=judge, left=left, right=right, value="tie", item=item)
    return Comparison.objects.create(judge=make_judge(), left=left, right=right, value="left")


def said(read: Callable[[None], Any]) -> list[list[Any]]:
    answers, right = read(None)
    names = ("subject", "judge", "kind", "blind", "apart", "way", "value", "row", "protocol", "day")
    return [getattr(answers, name).tolist() for name in names] + [right.tolist()]


def test_they_are_read_once(one: Comparison) -> None:
    comparisons_for(None)
    with CaptureQueriesContext(connection) as captured:
        kept = comparisons_for(None)
    assert len(captured) == 1, "whether anything changed"
    assert len(kept[1]) == 2
    make_criterion("one")
    make_definition("taylor", "one")
    Definition.objects.update(name="Renamed")
    comparisons_for(None)
    before = comparisons_for(None)
    Definition.objects.update(name="Renamed again")
    assert comparisons_for(None) is before, "names of definitions change no comparison"


CHANGES: dict[str, Callable[[Comparison], Any]] = {
    "another": lambda it: Comparison.objects.create(
        judge=make_judge(), left=it.right, right=it.left, value="left"
    ),
    "withdrawn": lambda it: Comparison.objects.filter(pk=it.pk).update(withdrawn_at=timezone.now()),
    "erased": lambda it: it.delete(),
    "set aside": lambda it: SetAside.objects.create(judge_id=it.judge_id, reason="A program."),
    "a protocol of some": lambda it: Protocol.objects.update(visibility="private"),
    "a run of some": lambda it: Run.objects.filter(pk=it.left.run_id).update(visibility="private"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_read_again(one: Comparison, change: Callable[[Comparison], Any]) -> None:
    before = said(comparisons_for)
    assert before == said(read_comparisons)
    change(one)
    after = said(comparisons_for)
    assert after == said(read_comparisons)
    assert after != before
