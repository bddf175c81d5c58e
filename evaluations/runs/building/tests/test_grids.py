"""Trying, launching and dropping a grid."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.runs import queue
from evaluations.runs.actions import RunRefused, cancel_run, launch_run
from evaluations.runs.building.actions import AskedBefore, drop_grid, launch_rest
from evaluations.runs.building.cells import cells_of, tried_of
from evaluations.runs.building.tests.worlds import a_grid, write_all
from evaluations.runs.endpoints.tests.worlds import a_model, an_endpoint
from evaluations.runs.models import Endpoint, Grid, LanguageModel, Output, Run
from evaluations.runs.moderation import withdraw_run
from tests.cast import (
    make_model,
    make_prompt_set,
    make_recipe,
    make_researcher,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher() -> User:
    return make_researcher()


def test_a_grid_has_a_run_for_each_cell_all_with_one_seed(researcher: User) -> None:
    make_recipe("greedy", temperature=0)
    grid = a_grid(researcher, models=2, recipes=2, samples=3)
    asked = {(run.model.slug, run.recipe.slug, run.samples) for run in grid.runs.all()}
    assert asked == {(m, r, k) for m in ("m0", "m1") for r, k in (("greedy", 1), ("r0", 3))}
    assert grid.runs.values("seed").distinct().count() == 1
    assert Output.objects.count() == 2 * 4 * (1 + 3)
    assert set(Run.objects.values_list("visibility", "priority")) == {("public", 0)}


def test_a_form_sent_twice_makes_one_grid(researcher: User) -> None:
    token = uuid.uuid4()
    assert a_grid(researcher, form_token=token) == a_grid(researcher, form_token=token)
    assert (Grid.objects.count(), Run.objects.count(), Output.objects.count()) == (1, 1, 4)
    with pytest.raises(PermissionError):
        a_grid(make_researcher("other"), form_token=token)


def test_trying_asks_three_prompts_in_every_cell_and_nobody_else_reads_it(
    researcher: User,
) -> None:
    grid = a_grid(researcher, models=2, recipes=2, prompts=5, samples=2, tries=True)
    assert grid.is_tried
    for run in grid.runs.all():
        assert list(run.outputs.values_list("prompt__slug", "sample")) == [
            ("riddles-1", 0), ("riddles-2", 0), ("riddles-3", 0)
        ]  # fmt: skip
        assert (run.visibility, run.samples) == ("private", 2)
        assert run.priority > 0
    assert not Run.objects.readable_by(make_user()).exists()


def test_the_rest_keeps_what_was_tried_and_is_launched_once(researcher: User) -> None:
    grid = a_grid(researcher, prompts=5, samples=2, tries=True)
    run = grid.runs.get()
    write_all(run)
    tried = set(run.outputs.values_list("pk", "seed", "text"))
    for _ in range(2):
        launch_rest(grid=grid, actor=researcher)
    assert tried < set(run.outputs.values_list("pk", "seed", "text"))
    run.refresh_from_db()
    assert (run.visibility, run.priority, run.outputs.count()) == ("public", 0, 10)
    assert run.outputs.values("prompt", "sample").distinct().count() == 10
    with pytest.raises(RunRefused, match="launched meanwhile"):
        drop_grid(grid=grid, actor=researcher)
    run.refresh_from_db()
    assert run.withdrawn_at is None, "what is launched is not dropped"


def test_nothing_more_is_asked_of_a_run_that_was_withdrawn(researcher: User) -> None:
    run = a_grid(researcher).runs.get()
    (claim,) = queue.claim(model=run.model_id, owner="w", count=1)
    withdraw_run(run=run, actor=make_staff())
    assert queue.next_model(None) is None
    assert queue.claim(model=run.model_id, owner="w", count=9) == []
    assert queue.lost_or_cancelled(owner="w", ids=[claim.id]) == (set(), {claim.id})
    assert sorted(run.outputs.values_list("state", flat=True)) == ["cancelled"] * 3 + ["leased"]


def test_a_run_that_wrote_everything_is_withdrawn_and_not_cancelled(researcher: User) -> None:
    run = a_grid(researcher).runs.get()
    write_all(run)
    assert withdraw_run(run=run, actor=make_staff()).withdrawn_at
    run.refresh_from_db()
    assert run.cancelled_at is None


def test_a_cell_that_was_cancelled_or_withdrawn_is_not_launched_with_the_rest(
    researcher: User,
) -> None:
    grid = a_grid(researcher, models=3, prompts=5, tries=True)
    cancelled, withdrawn, stands = grid.runs.order_by("pk")
    cancel_run(run=cancelled, actor=researcher)
    withdraw_run(run=withdrawn, actor=make_staff())
    launch_rest(grid=grid, actor=researcher)
    asked = {run: run.outputs.count() for run in grid.runs.all()}
    assert asked == {cancelled: 3, withdrawn: 3, stands: 5}
    assert list(grid.runs.filter(visibility="private").order_by("pk")) == [cancelled, withdrawn]


def test_a_grid_of_which_no_cell_stands_is_not_launched(researcher: User) -> None:
    grid = a_grid(researcher, tries=True)
    cancel_run(run=grid.runs.get(), actor=researcher)
    with pytest.raises(RunRefused, match="All of its runs were cancelled"):
        launch_rest(grid=grid, actor=researcher)
    grid.refresh_from_db()
    assert grid.is_tried


def test_what_was_closed_meanwhile_is_not_launched(researcher: User) -> None:
    grid = a_grid(researcher, tries=True)
    LanguageModel.objects.update(is_archived=True)
    with pytest.raises(RunRefused, match="archived"):
        launch_rest(grid=grid, actor=researcher)
    grid.refresh_from_db()
    assert grid.is_tried
    assert set(Run.objects.values_list("visibility", flat=True)) == {"private"}


def test_what_a_model_does_not_take_any_more_is_not_launched(researcher: User) -> None:
    a_model(an_endpoint(), "far")
    make_recipe("warm", temperature=0.7)
    grid = a_grid(researcher, tries=True)
    Endpoint.objects.update(capabilities={"far": {"temperature": False}})
    with pytest.raises(RunRefused, match="“Far away” cannot be asked by .* both are 1"):
        launch_rest(grid=grid, actor=researcher)
    grid.refresh_from_db()
    assert grid.is_tried


def test_a_form_that_asks_something_else_meanwhile_is_not_taken_for_what_it_made(
    researcher: User,
) -> None:
    token = uuid.uuid4()
    asked = {"seed": ["5"]}
    tried = a_grid(researcher, form_token=token, asked=asked, tries=True)
    with pytest.raises(AskedBefore, match=f"grid {tried.pk} and was tried.* in its place, press"):
        a_grid(researcher, form_token=token, asked={"seed": ["6"]})
    assert Grid.objects.get().is_tried
    launched = a_grid(researcher, form_token=token, asked=asked)
    assert (launched, launched.launched_at is None) == (tried, False), "the rest is launched"
    assert launched.runs.get().outputs.count() == 4
    with pytest.raises(AskedBefore, match="was launched"):
        a_grid(researcher, form_token=token, asked={"seed": ["6"]})
    assert Run.objects.count() == 1


def test_what_is_dropped_is_not_asked_and_not_launched(researcher: User) -> None:
    grid = a_grid(researcher, tries=True)
    run = grid.runs.get()
    drop_grid(grid=grid, actor=researcher)
    assert set(run.outputs.values_list("state", flat=True)) == {"cancelled"}
    assert queue.next_model(None) is None
    with pytest.raises(RunRefused, match="dropped"):
        launch_rest(grid=grid, actor=researcher)
    again = a_grid(researcher, tries=True)
    a_grid(researcher, instead_of=again.pk)
    again.refresh_from_db()
    assert again.dropped_at is not None, "what was put together anew stands for it"


def test_nobody_drops_anothers_grid_by_the_number_in_the_form(researcher: User) -> None:
    tried = a_grid(researcher, tries=True)
    assert a_grid(make_researcher("other"), instead_of=tried.pk).launched_at is not None
    tried.refresh_from_db()
    assert tried.is_tried


def test_only_its_own_people_launch_or_drop_it(researcher: User) -> None:
    grid = a_grid(researcher, tries=True)
    for act in (launch_rest, drop_grid):
        with pytest.raises(PermissionError):
            act(grid=grid, actor=make_researcher(act.__name__))
    with pytest.raises(PermissionError):
        a_grid(make_user())


def test_what_could_not_be_launched_is_not_tried(researcher: User) -> None:
    make_prompt_set("lamps", prompts=3, owner=researcher, visibility="private")
    day = timezone.now().date() + dt.timedelta(days=9)
    for wrong in ({"visibility": "public"}, {"visibility": "private", "publish_on": day}):
        with pytest.raises(RunRefused):
            a_grid(researcher, tries=True, **wrong)


def test_a_model_that_waits_for_somebody_is_refused(researcher: User) -> None:
    paused = {"paused_at": timezone.now(), "pause_reason": "Its key was refused."}
    model = make_model("far", **paused)
    with pytest.raises(RunRefused, match=r"“Far 135M” is paused: Its key was refused\. Press"):
        a_grid(researcher)
    LanguageModel.objects.filter(pk=model.pk).update(
        paused_until=timezone.now() + dt.timedelta(minutes=5)
    )
    assert a_grid(researcher), "a pause that ends by itself only delays"


def test_tried_prompts_come_from_every_set_in_turn() -> None:
    sets = [make_prompt_set("a", prompts=1), make_prompt_set("b", prompts=5)]
    made = {"models": [make_model()], "recipes": [make_recipe()], "samples": 1}
    tried = tried_of(cells_of(prompt_sets=sets, **made))  # type: ignore[arg-type]
    assert [prompt.slug for prompt in tried] == ["a-1", "b-1", "b-2"]
    assert tried_of([]) == []


def test_the_best_of_several_is_not_asked_where_nothing_tells_them_apart(researcher: User) -> None:
    chosen = make_prompt_set("ungraded", prompts=2)
    best = make_recipe("best", plan="best-of", plan_number=3)
    with pytest.raises(RunRefused, match="a prompt without a grader leaves nothing"):
        launch_run(model=make_model(), recipe=best, prompt_set=chosen, launched_by=researcher)
    assert not Output.objects.exists()
    named = make_recipe("named", plan="best-of", plan_number=3, plan_grader="numeric")
    launch_run(
        model=LanguageModel.objects.get(), recipe=named, prompt_set=chosen, launched_by=researcher
    )
    assert Output.objects.exists()
