"""The queue on a real PostgreSQL: leases, fencing, the sweep, several claimers at once."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from model_bakery import baker

from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs import queue
from evaluations.runs.actions import cancel_run, launch_run, sample_seed
from evaluations.runs.models import Attempt, LanguageModel, Output, Recipe, Run, Step
from evaluations.runs.queue import Graded
from evaluations.runs.results import graded_as

pytestmark = pytest.mark.django_db


def a_run(prompts: int = 4, **fields: Any) -> Run:
    prompt_set = baker.make(PromptSet, slug=f"set-{PromptSet.objects.count()}")
    for n in range(prompts):
        baker.make(Prompt, prompt_set=prompt_set, slug=f"{prompt_set.slug}-{n}", text=f"{n}+1?")
    return launch_run(
        model=fields.pop("model", None) or baker.make(LanguageModel, slug="m"),
        recipe=fields.pop("recipe", None)
        or baker.make(Recipe, slug="r", strategy="direct", samples=1, max_new_tokens=8),
        prompt_set=prompt_set,
        **fields,
    )


def result(claim: queue.Claim, text: str = "1. two\n2. three") -> queue.Written:
    return queue.Written(
        claim=claim, text=text, trace=text, answer="three", trace_visibility="full",
        tokens_in=3, tokens_out=4, stop_reason="stop", seconds=0.5, prompt_digest="p",
        environment={"device": "cpu"}, environment_digest="e", segmentation=1,
        spans=[(0, 6), (7, 15)], names_model=False,
        graded=Graded("exact", 2, 1, 10, 15, "marker", 1.0),
    )  # fmt: skip


def expire(*ids: int) -> None:
    Output.objects.filter(pk__in=ids).update(leased_until="2000-01-01T00:00:00Z")


def test_a_claim_leases_and_a_second_claimer_gets_the_rest() -> None:
    run = a_run(5)
    first = queue.claim(model=run.model_id, owner="a", count=3)
    second = queue.claim(model=run.model_id, owner="b", count=10)
    assert len(first) == 3
    assert len(second) == 2
    assert not {c.id for c in first} & {c.id for c in second}
    assert queue.claim(model=run.model_id, owner="c", count=1) == []


def test_finishing_stores_output_steps_attempt_and_environment_once() -> None:
    run = a_run(2)
    claims = queue.claim(model=run.model_id, owner="a", count=2)
    assert queue.finish([result(claim) for claim in claims]) == 2
    output = Output.objects.get(pk=claims[0].id)
    assert (output.state, output.answer) == ("done", "three")
    assert output.grade is not None
    assert graded_as(output.grade) == result(claims[0]).graded
    assert output.finished_at is not None
    assert [(s.index, output.trace[s.start : s.end]) for s in output.steps.all()] == [
        (0, "1. two"),
        (1, "2. three"),
    ]
    assert output.environment is not None
    assert output.environment.data == {"device": "cpu"}
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["done", "done"]


def test_a_second_finish_of_the_same_row_is_refused() -> None:
    run = a_run(1)
    (claim,) = queue.claim(model=run.model_id, owner="a", count=1)
    assert queue.finish([result(claim)]) == 1
    assert queue.finish([result(claim, "other")]) == 0
    assert Output.objects.get(pk=claim.id).text == "1. two\n2. three"
    assert Step.objects.count() == 2


def test_a_late_writer_is_refused_after_its_lease_went_to_another() -> None:
    run = a_run(1)
    (late,) = queue.claim(model=run.model_id, owner="a", count=1)
    expire(late.id)
    assert queue.sweep() == 1
    (fresh,) = queue.claim(model=run.model_id, owner="b", count=1)
    assert fresh.attempt == late.attempt + 1
    assert queue.finish([result(late, "late")]) == 0
    assert queue.finish([result(fresh, "fresh")]) == 1
    assert Output.objects.get(pk=late.id).text == "fresh"
    assert list(Attempt.objects.order_by("number").values_list("outcome", flat=True)) == [
        "lost",
        "done",
    ]


def test_renewing_keeps_a_lease_from_the_sweep_and_not_an_expired_one() -> None:
    run = a_run(2)
    one, two = queue.claim(model=run.model_id, owner="a", count=2)
    expire(two.id)
    assert queue.renew(owner="a", ids=[one.id, two.id]) == 1
    assert queue.renew(owner="a", ids=[]) == 0
    assert queue.renew(owner="b", ids=[one.id]) == 0
    assert queue.sweep() == 1
    assert Output.objects.get(pk=one.id).state == "leased"
    assert Output.objects.get(pk=two.id).state == "pending"


def test_a_row_lost_again_and_again_runs_alone_and_then_fails() -> None:
    run = a_run(1)
    for _ in range(queue.ALONE_AFTER_ATTEMPTS):
        (claim,) = queue.claim(model=run.model_id, owner="a", count=5)
        expire(claim.id)
        queue.sweep()
    output = Output.objects.get()
    assert (output.state, output.alone) == ("pending", True)
    assert queue.claim(model=run.model_id, owner="a", count=5) == []
    for _ in range(queue.MAX_FAILURES):
        (claim,) = queue.claim(model=run.model_id, owner="a", count=5, alone=True)
        expire(claim.id)
        queue.sweep()
    output.refresh_from_db()
    assert output.state == "failed"
    assert "lost" in output.error


def test_a_sample_error_is_tried_again_and_then_shown_as_failed() -> None:
    run = a_run(1)
    for n in range(queue.MAX_FAILURES):
        (claim,) = queue.claim(model=run.model_id, owner="a", count=1)
        assert queue.fail(claim, error="numbers went wrong")
        expected = "failed" if n == queue.MAX_FAILURES - 1 else "pending"
        assert Output.objects.get().state == expected
    assert Output.objects.get().error == "numbers went wrong"


def test_releasing_charges_nothing() -> None:
    run = a_run(2)
    claims = queue.claim(model=run.model_id, owner="a", count=2)
    assert queue.release(owner="a", ids=[c.id for c in claims], why="engine", alone=True) == 2
    assert set(Output.objects.values_list("state", "failures", "alone")) == {("pending", 0, True)}


def test_the_loaded_model_has_a_head_start_and_priority_beats_it() -> None:
    recipe = baker.make(Recipe, slug="r", strategy="direct", samples=1, max_new_tokens=8)
    one, two = baker.make(LanguageModel, slug="one"), baker.make(LanguageModel, slug="two")
    a_run(1, model=one, recipe=recipe)
    later = a_run(1, model=two, recipe=recipe)
    assert queue.next_model(None) == one.pk
    assert queue.next_model(two.pk) == two.pk
    Run.objects.filter(pk=later.pk).update(priority=5)
    assert queue.next_model(one.pk) == two.pk


def test_what_waits_longest_comes_first_and_recipes_stay_together_within_ten_minutes() -> None:
    model = baker.make(LanguageModel, slug="m")
    old, new = baker.make(
        Recipe, slug=iter("ab"), strategy="direct", samples=1, max_new_tokens=8, _quantity=2
    )
    names = {}
    for name, minute, recipe in (
        ("first, new", 1, new), ("first, old", 9, old), ("later, old", 11, old), ("last", 45, new)
    ):  # fmt: skip
        run = a_run(1, model=model, recipe=recipe)
        Run.objects.filter(pk=run.pk).update(created_at=f"2026-06-01T12:{minute:02}:00Z")
        names[run.pk] = name
    Run.objects.filter(pk=max(names)).update(priority=2)
    order = []
    while claims := queue.claim(model=model.pk, owner="a", count=1):
        order.append(names[Output.objects.get(pk=claims[0].id).run_id])
    assert order == ["first, old", "first, new", "later, old", "last"]


def test_a_cancelled_run_is_neither_claimed_nor_kept() -> None:
    run = a_run(3)
    (claim,) = queue.claim(model=run.model_id, owner="a", count=1)
    cancel_run(run=run, actor=baker.make("accounts.User", is_staff=True))
    assert queue.next_model(None) is None
    assert queue.claim(model=run.model_id, owner="b", count=5) == []
    assert queue.lost_or_cancelled(owner="a", ids=[claim.id]) == (set(), {claim.id})
    queue.release(owner="a", ids=[claim.id], why="cancelled")
    assert set(Output.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_finished_output_cannot_be_rewritten() -> None:
    run = a_run(1)
    (claim,) = queue.claim(model=run.model_id, owner="a", count=1)
    queue.finish([result(claim)])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Output.objects.update(text="rewritten")
    Output.objects.update(withdrawn_at="2026-01-01T00:00:00Z")


def test_seeds_depend_on_the_prompt_and_not_on_the_order() -> None:
    assert sample_seed(1, "a", 0) == sample_seed(1, "a", 0)
    assert len({sample_seed(s, p, n) for s in (0, 1) for p in "ab" for n in (0, 1)}) == 8
    assert 0 <= sample_seed(1, "a", 0) < 2**63


@pytest.mark.django_db(transaction=True)
def test_eight_claimers_at_once_never_share_a_row_nor_take_too_many() -> None:
    run = a_run(200)
    taken: list[list[int]] = [[] for _ in range(8)]

    def claimer(slot: int) -> None:
        try:
            while claims := queue.claim(model=run.model_id, owner=f"w{slot}", count=7):
                assert len(claims) <= 7
                taken[slot] += [claim.id for claim in claims]
                queue.finish([result(claim) for claim in claims])
        finally:
            connection.close()

    threads = [threading.Thread(target=claimer, args=(slot,)) for slot in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [id for mine in taken for id in mine]
    assert len(everything) == len(set(everything)) == 200
    assert Output.objects.filter(state="done").count() == 200
    assert Attempt.objects.count() == 200


@pytest.mark.parametrize("seconds", [90_000.0, 1e12, 1e300])
def test_a_pause_that_a_server_asked_for_ends_within_a_day(seconds: float) -> None:
    model = baker.make(LanguageModel, slug="m")
    queue.pause(model=model.pk, reason="It asks to wait.", seconds=seconds)
    model.refresh_from_db()
    assert model.paused_at is not None
    assert model.paused_until is not None
    assert round((model.paused_until - model.paused_at).total_seconds()) == 86_400
