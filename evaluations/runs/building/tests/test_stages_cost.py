"""What stages before the last cost, and what was lost with a worker, is counted wherever costs and
ceilings are."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from evaluations.inference.engine import Request, Result
from evaluations.runs import queue
from evaluations.runs.building.ceilings import spent_by
from evaluations.runs.building.grids import ceiling_of, tried_outputs
from evaluations.runs.building.tests.worlds import a_grid
from evaluations.runs.endpoints.costs import Cost, cost_of
from evaluations.runs.endpoints.prices import guessed_in
from evaluations.runs.endpoints.tests.worlds import a_model, an_endpoint
from evaluations.runs.models import Attempt, Plan, Price, Run
from evaluations.runs.recipes.asking import Asking
from evaluations.runs.record.shown import record_of
from tests.cast import make_prompt_set, make_recipe, make_researcher, make_staff

pytestmark = pytest.mark.django_db

CALL = {"status": 200, "seconds": 1, "tokens_in": 5, "tokens_out": 10}


@pytest.fixture
def run() -> Run:
    """A run of a grid with a ceiling, each output of which is chosen from three replies."""
    a_model(an_endpoint())
    make_recipe("chosen", plan=Plan.MAJORITY, plan_number=3)
    return a_grid(make_researcher(), prompts=2, ceiling_dollars=Decimal("0.7")).runs.get()


def write(asking: Asking, claim: queue.Claim, request: Request) -> Request | queue.Written | None:
    """Have one stage written, in two calls: the first of them was cut after it was counted."""
    reply = Result(
        id=request.id, text="Answer: 7", trace="", answer="7", trace_visibility="full",
        tokens_in=5, tokens_out=10, stop_reason="stop", seconds=1.0,
    )  # fmt: skip
    spent = queue.Spent("", 10, 20, Decimal("0.25"), [CALL, CALL, {**CALL, "tokens_out": None}])
    return asking.after(claim, reply, spent)


def test_stages_count_towards_the_ceiling_before_and_after_the_last_is_written(
    run: Run, client: Client
) -> None:
    assert run.grid is not None
    Price.objects.create(
        endpoint=run.model.endpoint, since=dt.date(2026, 1, 1), tokens_in=1000, tokens_out=1
    )
    (claim,) = queue.claim(model=run.model_id, owner="w", count=1)
    over = ceiling_of(run.grid).over
    assert (over.outputs, over.written) == (1, 3 * 256)
    assert over.dollars == Decimal("0.009768"), "nine letters are three tokens, read thrice"
    asking = Asking()
    second = write(asking, claim, asking.begin(claim))
    assert isinstance(second, Request)
    spent = spent_by(run.grid)
    assert (spent.dollars, spent.tokens) == (Decimal("0.25"), 30)
    third = write(asking, claim, second)
    assert isinstance(third, Request)
    last = write(asking, claim, third)
    assert isinstance(last, queue.Written)
    assert queue.finish([last]) == 1
    spent = spent_by(run.grid)
    assert (spent.dollars, spent.tokens) == (Decimal("0.75"), 90)
    assert queue.claim(model=run.model_id, owner="w", count=1) == [], "0.75 of 0.7 are spent"
    run.refresh_from_db()
    assert run.paused_for == "dollars"

    staff = make_staff()
    (tried, _) = tried_outputs(run.grid, staff)
    assert tried.dollars == Decimal("0.75")
    found = record_of(run.outputs.earliest("pk"), staff)
    assert (found["cost"], found["attempts"], found["unknown"]) == (Decimal("0.75"), 1, 0)
    client.force_login(staff)
    told = client.get(f"/runs/{run.pk}.json").json()
    assert [each["cost"] for each in told["outputs"]] == [0.75, None]
    assert told["cost"]["dollars"] == 0.75


def test_tokens_of_a_plan_that_was_cut_short_count_once(run: Run) -> None:
    assert run.grid is not None
    (claim,) = queue.claim(model=run.model_id, owner="w", count=1)
    asking = Asking()
    assert isinstance(write(asking, claim, asking.begin(claim)), Request)
    made = asking.cut_short(claim, "It brings no thought apart.")
    assert made is not None
    assert queue.finish([made]) == 1
    assert run.outputs.get(pk=claim.id).tokens_out
    assert spent_by(run.grid).tokens == 30


def test_what_a_lost_worker_may_have_cost_is_in_the_ceiling_at_its_full_budget(
    client: Client, django_assert_num_queries: Any
) -> None:
    model = a_model(an_endpoint())
    make_recipe("one", max_new_tokens=100)
    owner = make_researcher()
    longer = {"slug": "lamps", "title": "Lamps", "position": 2}
    asked = make_prompt_set("riddles", prompts=1)
    asked.prompts.create(**longer, text="How many lamps 💡 are lit at dusk?")
    grid = a_grid(owner, ceiling_tokens=1000, ceiling_dollars=Decimal("0.0001"))
    run = grid.runs.get()

    def lose(number: int) -> None:
        Attempt.objects.create(
            output=run.outputs.earliest("pk"), number=number, owner="w", outcome="lost"
        )

    lose(1)
    read = guessed_in(run.recipe, len(run.outputs.earliest("pk").prompt.text))
    spent = spent_by(grid)
    assert (spent.dollars, spent.tokens, spent.lost.unpriced) == (0, 100 + read, 1)
    assert cost_of(run) == Cost(Decimal(0), 1), "without a price nothing is known"
    assert queue.claim(model=model.pk, owner="w", count=1)

    Price.objects.create(
        endpoint=model.endpoint, since=dt.date(2026, 1, 1), tokens_in=0, tokens_out=1
    )
    assert spent_by(grid).dollars == Decimal("0.0001")
    assert cost_of(run) == Cost(Decimal(0), 0, 1, Decimal("0.0001"))
    client.force_login(owner)
    said = client.get(run.get_absolute_url()).content.decode()
    assert (
        "Cost so far: $0, and up to $0.000100 for 1 attempt that was lost with its worker<" in said
    )
    assert "counts as written to the full budget: $0.000100" in said
    assert client.get(f"/runs/{run.pk}.json").json()["cost"]["lost_dollars_at_most"] == 0.0001
    assert queue.claim(model=model.pk, owner="w", count=1) == []
    run.refresh_from_db()
    assert run.paused_for == "dollars"
    assert record_of(run.outputs.earliest("pk"), owner)["unknown"] == 1
    lose(2)
    other = run.outputs.latest("pk")
    Attempt.objects.create(output=other, number=1, owner="w", outcome="lost")
    with django_assert_num_queries(5) as made:
        spent = spent_by(grid)
    assert not any('"text",' in each["sql"] for each in made.captured_queries), "no words are read"
    more = guessed_in(run.recipe, len(other.prompt.text))
    assert more != read
    assert (spent.lost.outputs, spent.lost.dollars) == (3, Decimal("0.0003"))
    assert (spent.lost.read, spent.lost.written) == (2 * read + more, 300)
