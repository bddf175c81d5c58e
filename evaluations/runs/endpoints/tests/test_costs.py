"""Prices by the day, and what is not known."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from evaluations.inference.engine import Result, Try
from evaluations.runs.endpoints.costs import Cost, cost_of, spent_on
from evaluations.runs.endpoints.prices import price_on
from evaluations.runs.endpoints.tests.worlds import a_model, a_run, an_endpoint
from evaluations.runs.models import Attempt, LanguageModel, Output, Price

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 6, 1)


@pytest.fixture
def model() -> LanguageModel:
    return a_model(an_endpoint())


def price(model: LanguageModel, name: str, since: dt.date, dollars: int) -> Price:
    return Price.objects.create(
        endpoint=model.endpoint, model=name, since=since, tokens_in=dollars, tokens_out=dollars
    )


def result(*tries: Try) -> Result:
    return Result(id="1", text="so far", trace="", answer="", trace_visibility="not-written",
                  tokens_in=None, tokens_out=None, stop_reason="error", seconds=1,
                  tries=tries)  # fmt: skip


def test_a_models_own_price_comes_first_and_the_newest_that_holds_counts(
    model: LanguageModel,
) -> None:
    assert price_on(model, DAY) is None
    everybody = price(model, "", DAY, 1)
    assert price_on(model, DAY) == everybody
    assert price_on(model, DAY - dt.timedelta(days=1)) is None
    own = price(model, "fake-model", DAY, 2)
    price(model, "another", DAY, 9)
    later = price(model, "fake-model", DAY + dt.timedelta(days=10), 3)
    assert price_on(model, DAY + dt.timedelta(days=9)) == own
    assert price_on(model, DAY + dt.timedelta(days=10)) == later
    with pytest.raises(IntegrityError), transaction.atomic():
        price(model, "fake-model", DAY, 4)


def test_every_call_that_was_counted_costs(model: LanguageModel) -> None:
    price(model, "", dt.date(2026, 1, 1), 2)
    cut = Try(status=200, seconds=1, error="cut")
    counted = Try(status=200, seconds=1, error="too long", tokens_in=100, tokens_out=400)
    spent = spent_on(model, result(cut, counted, counted))
    assert (spent.tokens_in, spent.tokens_out) == (200, 800)
    assert spent.cost == Decimal("0.002")
    assert (spent.text, len(spent.calls)) == ("so far", 3)
    unknown = spent_on(model, result(cut))
    assert (unknown.tokens_out, unknown.cost) == (None, None)


def test_a_run_says_what_is_known_and_of_how_much_nothing_is(model: LanguageModel) -> None:
    run = a_run(model)
    assert cost_of(run) is None
    output = Output.objects.get()
    Attempt.objects.create(output=output, number=1, owner="a", outcome="released")
    assert cost_of(run) is None
    for number, cost in ((2, None), (3, Decimal("0.25"))):
        Attempt.objects.create(
            output=output, number=number, owner="a", outcome="error", calls=[{}], cost=cost
        )
    found = cost_of(run)
    assert found is not None
    assert (found.dollars, found.unknown) == (Decimal("0.25"), 1)
    Attempt.objects.create(output=output, number=4, owner="a", outcome="lost")
    assert cost_of(run) == Cost(Decimal("0.25"), 2), "it may have been asked"
    LanguageModel.objects.update(endpoint=None, backend="")
    assert cost_of(run) == Cost(Decimal("0.25"), 1)
