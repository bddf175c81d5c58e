"""Equal requests are taken over where the engine promises the seed, and counted once."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility_actions import (
    VisibilityRefused,
    invite_readers,
    publish_due,
    set_visibility,
)
from evaluations.common.decisions import decided
from evaluations.grading.choosing import CHOOSING_VERSION
from evaluations.inference.backends import OPENAI_COMPATIBLE
from evaluations.inference.engine import Likely
from evaluations.inference.plans import PLAN_VERSION
from evaluations.runs.actions import report_output
from evaluations.runs.building.actions import launch_rest
from evaluations.runs.building.steering_actions import more_samples
from evaluations.runs.building.tests.worlds import a_grid, finished, write_all
from evaluations.runs.endpoints.tests.worlds import an_endpoint
from evaluations.runs.models import Environment, LanguageModel, Output, Plan, Run
from evaluations.runs.moderation import withdraw_output
from tests.cast import make_model, make_recipe, make_researcher, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher() -> User:
    return make_researcher()


def a_written_run(actor: User, **fields: Any) -> Run:
    run = a_grid(actor, **{"seed": 7, "samples": 2, **fields}).runs.get()
    write_all(run)
    return run


def test_the_same_seed_gives_copies_that_are_marked_and_counted_once(researcher: User) -> None:
    first = a_written_run(researcher)
    again = a_grid(researcher, seed=7, samples=3).runs.get()
    assert finished(again) == 8, "two samples of four prompts; the third sample is new"
    for copy in again.outputs.filter(state="done").prefetch_related("steps", "grades"):
        source = first.outputs.get(prompt=copy.prompt, sample=copy.sample)
        assert copy.reused_from == source
        for name in ("text", "trace", "answer", "tokens_out", "seed", "environment"):
            assert getattr(copy, name) == getattr(source, name), name
        assert [s.end for s in copy.steps.all()] == [s.end for s in source.steps.all()] != []
        assert not copy.attempts.exists()
    shown = Output.objects.finished().distinct_samples()
    assert set(shown.values_list("run", flat=True)) == {first.pk}
    write_all(again)
    third = a_grid(researcher, seed=7, samples=3).runs.get()
    assert third.outputs.filter(reused_from__run=again).count() == 4, "first outputs, no copies"
    assert third.outputs.filter(reused_from__run=first).count() == 8


def test_a_copy_says_how_likely_its_tokens_were_as_what_it_was_taken_from(
    researcher: User,
) -> None:
    make_recipe("telling", logprobs=True)
    first = a_grid(researcher, seed=7, samples=1).runs.get()
    write_all(first, logprobs=(Likely("yes", -0.25),))
    again = a_grid(researcher, seed=7, samples=1).runs.get()
    assert finished(again) == 4
    assert {output.likelihood.tokens[0][1] for output in again.outputs.all()} == {-0.25}


def test_it_can_be_switched_off_and_another_seed_is_new(researcher: User) -> None:
    a_written_run(researcher)
    assert finished(a_grid(researcher, seed=7, samples=2, reuses=False).runs.get()) == 0
    assert finished(a_grid(researcher, seed=8, samples=2).runs.get()) == 0


def test_at_temperature_0_the_seed_has_no_part(researcher: User) -> None:
    make_recipe("greedy", temperature=0)
    a_written_run(researcher, samples=1)
    assert finished(a_grid(researcher, seed=8, samples=1).runs.get()) == 4


def test_an_endpoint_promises_nothing(researcher: User) -> None:
    make_model("far", backend=OPENAI_COMPATIBLE, endpoint=an_endpoint())
    a_written_run(researcher)
    assert finished(a_grid(researcher, seed=7, samples=2).runs.get()) == 0


@pytest.mark.parametrize(
    "changed", [{"weights_sha256": "x"}, {"engine_scheme": "older"}, {"device": "cuda"}]
)
def test_another_way_of_writing_is_not_taken(researcher: User, changed: dict[str, str]) -> None:
    run = a_written_run(researcher)
    row = Environment.objects.get()
    newer = Environment.objects.create(digest="n" * 64, data={**row.data, **changed})
    Output.objects.create(
        run=a_grid(researcher, seed=1).runs.get(), prompt=run.outputs.all()[0].prompt, sample=9,
        seed=1, state="done", trace_visibility="full", environment=newer,
        finished_at=timezone.now(),
    )  # fmt: skip
    assert finished(a_grid(researcher, seed=7, samples=2).runs.get()) == 0


@pytest.mark.parametrize(("commit", "taken"), [("", 0), ("c" * 40, 8)])
def test_weights_that_nobody_can_tell_from_others_are_not_taken_for_the_same(
    researcher: User, commit: str, taken: int
) -> None:
    run = a_grid(researcher, seed=7, samples=2).runs.get()
    write_all(run, weights_sha256="", model_commit=commit)
    assert finished(a_grid(researcher, seed=7, samples=2).runs.get()) == taken


def test_the_way_of_writing_that_was_the_last_counts_not_the_newest_one(researcher: User) -> None:
    a_written_run(researcher)
    write_all(a_grid(researcher, seed=8).runs.get(), device="cuda")
    assert finished(a_grid(researcher, seed=7, samples=2, reuses=False).runs.get()) == 0
    write_all(Run.objects.latest("pk"))
    assert finished(a_grid(researcher, seed=7, samples=2).runs.get()) == 8, "the first way again"


@pytest.mark.parametrize("older", ["plan_version", "choosing_version"])
def test_another_way_of_planning_or_choosing_is_not_taken(researcher: User, older: str) -> None:
    make_recipe("chosen", plan=Plan.MAJORITY, plan_number=3)
    today = {"plan_version": PLAN_VERSION, "choosing_version": CHOOSING_VERSION}
    write_all(a_grid(researcher, seed=7).runs.get(), **today)
    assert finished(a_grid(researcher, seed=7).runs.get()) == 4
    write_all(a_grid(researcher, seed=8).runs.get(), **today | {older: 0})
    assert finished(a_grid(researcher, seed=8).runs.get()) == 0


def test_withdrawn_outputs_are_not_taken(researcher: User) -> None:
    run = a_written_run(researcher)
    run.outputs.update(withdrawn_at=run.created_at)
    assert finished(a_grid(researcher, seed=7, samples=2).runs.get()) == 0


def test_what_is_taken_off_the_site_goes_with_its_copies(researcher: User) -> None:
    first = a_written_run(researcher)
    again = a_grid(researcher, seed=7, samples=2).runs.get()
    output = first.outputs.earliest("pk")
    withdraw_output(output=output, actor=make_staff())
    gone = Output.objects.exclude(withdrawn_at=None)
    assert set(gone) == {output, again.outputs.get(reused_from=output)}


def test_a_copy_that_is_taken_off_the_site_takes_its_source_and_the_other_copies(
    researcher: User,
) -> None:
    source = a_written_run(researcher).outputs.earliest("pk")
    copies = [
        a_grid(researcher, seed=7, samples=2).runs.get().outputs.get(reused_from=source)
        for _ in range(2)
    ]
    report = report_output(output=source, reason="abuse")
    named: list[str] = []

    def note(sender: Any, label: str, **_: Any) -> None:
        named.append(label)

    decided.connect(note)
    try:
        withdraw_output(output=copies[0], actor=make_staff())
    finally:
        decided.disconnect(note)
    assert set(Output.objects.exclude(withdrawn_at=None)) == {source, *copies}
    report.refresh_from_db()
    assert report.resolved_at is not None
    assert named == [str(source), str(copies[0])]


def test_its_page_says_where_it_was_reused_from(client: Client, researcher: User) -> None:
    a_written_run(researcher)
    copy = a_grid(researcher, seed=7, samples=2).runs.get().outputs.earliest("pk")
    page = client.get(copy.get_absolute_url()).content.decode()
    assert f'reused from <a href="/outputs/{copy.reused_from_id}/">' in page


@pytest.mark.parametrize(
    ("source", "copy", "own", "taken"),
    [
        ("public", "private", False, 8),
        ("private", "public", True, 0),
        ("private", "unlisted", True, 0),
        ("private", "private", True, 8),
        ("private", "private", False, 0),
        ("unlisted", "unlisted", True, 8),
        ("unlisted", "public", True, 0),
    ],
)
def test_nothing_private_is_read_by_more_people_for_being_taken(
    researcher: User, source: str, copy: str, own: bool, taken: int
) -> None:
    a_written_run(researcher, visibility=source)
    actor = researcher if own else make_researcher("other")
    again = a_grid(actor, seed=7, samples=2, visibility=copy).runs.get()
    assert finished(again) == taken


def test_what_is_tried_takes_only_what_its_later_readers_may_read(researcher: User) -> None:
    a_written_run(researcher, visibility="private")
    day = timezone.now().date() + dt.timedelta(days=9)
    for later in ({}, {"visibility": "unlisted"}, {"visibility": "private", "publish_on": day}):
        tried = a_grid(researcher, seed=7, samples=2, tries=True, **later)
        assert finished(tried.runs.get()) == 0, later
        launch_rest(grid=tried, actor=researcher)
        assert finished(tried.runs.get()) == 0, later
    kept = a_grid(researcher, seed=7, samples=2, tries=True, visibility="private")
    assert finished(kept.runs.get()) == 3


def test_a_run_that_took_over_what_fewer_read_is_not_read_by_more(researcher: User) -> None:
    first = a_written_run(researcher, visibility="private")
    again = a_grid(researcher, seed=7, samples=2, visibility="private").runs.get()
    assert finished(again) == 8
    day = timezone.now().date() + dt.timedelta(days=9)
    for wider in ({"visibility": "public"}, {"visibility": "private", "publish_on": day}):
        with pytest.raises(VisibilityRefused, match=f"fewer people read \\({first.pk}\\)"):
            set_visibility(thing=again, actor=researcher, **wider)
    Run.objects.filter(pk=again.pk).update(publish_on=day)
    publish_due(Run, day)
    again.refresh_from_db()
    assert again.visibility == "private", "neither by its day"
    assert again.overdue == ""
    Run.objects.filter(pk=again.pk).update(publish_on=timezone.now().date())
    client = Client()
    client.force_login(researcher)
    page = client.get(again.get_absolute_url()).content.decode()
    assert "Private, though it was to be public on" in page
    assert f"fewer people read ({first.pk})" in page
    set_visibility(thing=first, actor=researcher, visibility="public")
    set_visibility(thing=again, actor=researcher, visibility="public")
    assert set(Run.objects.values_list("visibility", flat=True)) == {"public"}


def test_nobody_is_invited_to_copies_of_what_they_may_not_read(researcher: User) -> None:
    first = a_written_run(researcher, visibility="private")
    again = a_grid(researcher, seed=7, samples=2, visibility="private").runs.get()
    make_user("eve"), make_user("bob")
    with pytest.raises(VisibilityRefused, match=f"“eve” may not read \\({first.pk}\\)"):
        invite_readers(thing=again, actor=researcher, names=["eve"])
    assert not again.invited()
    make_staff("sam")
    invite_readers(thing=first, actor=researcher, names=["eve"])
    invite_readers(thing=again, actor=researcher, names=["eve", "sam"])
    with pytest.raises(VisibilityRefused, match="“bob” may not read"):
        invite_readers(thing=again, actor=researcher, names=["eve", "bob"])
    assert {each.username for each in again.invited()} == {"eve", "sam"}


def test_a_run_takes_nothing_over_that_those_who_were_invited_to_it_may_not_read(
    researcher: User,
) -> None:
    shared = a_grid(researcher, seed=7, samples=1, visibility="private").runs.get()
    make_user("eve")
    invite_readers(thing=shared, actor=researcher, names=["eve"])
    write_all(shared)
    wider = a_written_run(researcher, samples=3, visibility="private")
    assert more_samples(run=shared, samples=2, actor=researcher) == 4
    assert finished(shared) == 4, "eve may not read the other run"
    invite_readers(thing=wider, actor=researcher, names=["eve"])
    assert more_samples(run=shared, samples=3, actor=researcher) == 4
    assert finished(shared) == 12, "what waited was taken over, too"


def test_two_models_never_share(researcher: User) -> None:
    a_written_run(researcher)
    LanguageModel.objects.update(position=5)
    make_model("other", position=1)
    assert finished(a_grid(researcher, seed=7, samples=2).runs.get()) == 0
