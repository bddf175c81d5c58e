"""Writing runs: launch, cancel, retry, report; trying a model."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility import read_by
from evaluations.accounts.visibility_actions import refusal
from evaluations.grading import GRADERS
from evaluations.inference.answer import ANSWER_VERSION
from evaluations.inference.strategies import DIRECT, INSTRUCTIONS
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs import queue
from evaluations.runs.building.refusals import (
    grader_refusal,
    model_refusal,
    recipe_refusal,
    set_refusal,
)
from evaluations.runs.building.reuse import reuse_in
from evaluations.runs.doorbell import ring_on_commit
from evaluations.runs.models import (
    Grade,
    Grid,
    LanguageModel,
    Output,
    OutputState,
    Purpose,
    Recipe,
    Report,
    Run,
    Strategy,
)
from evaluations.runs.querysets import DRAWN_TRIAL_RECIPE, TRIAL_RECIPE
from evaluations.runs.results import graded_as, graded_output, says_less

MAX_OUTPUTS_A_RUN = 100_000
FRESH_SEEDS = 2**31
ONE_SAMPLE = (
    "This recipe has temperature 0: every sample of a prompt would be the same text. Ask for one."
)
GRADED_AT_ONCE = 500
TRIAL_SET = "model-trial"
TRIAL_WORDS = "Say hello in one short sentence."
TRIAL_PRIORITY = 1_000
"""Above every other run: somebody waits for it."""

Changes = Counter[tuple[str, float | None, float | None]]
"""How many outputs of a grader went from one score to another; None is not graded."""


class RunRefused(Exception):
    """The run cannot be launched; the message says why."""


def sample_seed(seed: int, prompt: str, sample: int) -> int:
    """The seed of one sample, from the run's seed, the prompt's slug and the sample's number.

    It does not depend on the order of work, so a single sample can be repeated by itself.
    """
    digest = hashlib.sha256(f"{seed}:{prompt}:{sample}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@transaction.atomic
def launch_run(
    *,
    model: LanguageModel,
    recipe: Recipe,
    prompt_set: PromptSet,
    samples: int | None = None,
    seed: int | None = None,
    priority: int = 0,
    launched_by: User | None = None,
    limit: int | None = None,
    form_token: uuid.UUID | None = None,
    purpose: Purpose = Purpose.ANSWERS,
    visibility: str | None = None,
    publish_on: dt.date | None = None,
    grid: Grid | None = None,
    prompts: Sequence[Prompt] | None = None,
    reuse: bool = False,
    readers: str = "",
) -> Run:
    """Make a run and a waiting row for each of its outputs, then ring the doorbell.

    Args:
        samples: outputs for each prompt; None makes as many as the recipe says.
        seed: None draws a fresh one, so that a second run gives new samples.
        limit: use only the first *limit* prompts of the set.
        form_token: a form sent twice launches one run.
        purpose: whether what it writes is to be judged, or judges.
        visibility: who reads it; None is whoever reads the prompt set.
        publish_on: the day on which it becomes public by itself.
        grid: the runs that were put together with it.
        prompts: ask these alone for now.
        reuse: take over what an equal request gave before (`evaluations.runs.building.reuse`).
        readers: who will read it in the end, where that is not *visibility*.

    Raises:
        RunRefused: with the reason.
        PermissionError: when *launched_by* may not start runs.
    """
    if launched_by is not None and not launched_by.may_run_models:
        raise PermissionError("Only staff and researchers may start runs.")
    if launched_by is not None and not prompt_set.may_be_read_by(launched_by):
        raise PermissionError("Only those who may read a prompt set may run it.")
    asked = prompt_set.prompts.to_be_asked().order_by("position", "id")[:limit]
    prompts = list(asked) if prompts is None else list(prompts)
    for why in (
        model_refusal(model),
        recipe_refusal(model, recipe),
        set_refusal(prompt_set, prompt_set.prompts.to_be_asked().count()),
        grader_refusal(recipe.way, (each.grader for each in prompts)),
    ):
        if why:
            raise RunRefused(why)
    if samples is None:
        samples = 1 if recipe.is_greedy else recipe.samples
    if samples < 1:
        raise RunRefused("Ask for at least one sample a prompt.")
    if recipe.is_greedy and samples > 1:
        raise RunRefused(ONE_SAMPLE)
    if len(prompts) * samples > MAX_OUTPUTS_A_RUN:
        raise RunRefused(
            f"{len(prompts)} prompts with {samples} samples each are "
            f"{len(prompts) * samples:,} outputs; a run holds at most {MAX_OUTPUTS_A_RUN:,}."
        )
    fields: dict[str, Any] = {
        "model": model,
        "recipe": recipe,
        "prompt_set": prompt_set,
        "samples": samples,
        "seed": secrets.randbelow(FRESH_SEEDS) if seed is None else seed,
        "priority": priority,
        "launched_by": launched_by,
        "purpose": purpose,
        "visibility": visibility or prompt_set.visibility,
        "publish_on": publish_on,
        "grid": grid,
    }
    if why := refusal(Run(**fields), fields["visibility"], publish_on):
        raise RunRefused(why)
    if form_token is not None:
        run, created = Run.objects.get_or_create(form_token=form_token, defaults=fields)
        if not created:
            return run
    else:
        run = Run.objects.create(**fields)
    ask(run=run, prompts=prompts, reuse=reuse, readers=readers)
    return run


def ask(*, run: Run, prompts: Iterable[Prompt], reuse: bool, readers: str = "") -> int:
    """Queue every sample of these prompts that a run does not have yet; returns how many are new.

    Args:
        reuse: take over what an equal request gave before, where the engine promises the seed.
        readers: the audience that the run will have in the end; empty: the one that it has, or
            everybody from its day on.
    """
    before = run.outputs.count()
    Output.objects.bulk_create(
        [
            Output(run=run, prompt=p, sample=n, seed=sample_seed(run.seed, p.slug, n))
            for n in range(run.samples)
            for p in prompts
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )
    if reuse:
        reuse_in(run, readers or read_by(run.visibility, run.publish_on))
    ring_on_commit()
    return run.outputs.count() - before


def trial_recipe(model: LanguageModel) -> Recipe:
    """The recipe of trials: short, and greedy unless the model has a temperature of its own."""
    fields = {"name": "A trial", "strategy": Strategy.DIRECT, "temperature": 0, "top_p": 1,
              "instruction": INSTRUCTIONS[DIRECT], "max_new_tokens": 32, "samples": 1}  # fmt: skip
    greedy, _ = Recipe.objects.get_or_create(slug=TRIAL_RECIPE, defaults=fields)
    if not model.refusal(greedy):
        return greedy
    drawn = {**fields, "name": "A trial that draws", "temperature": 1}
    return Recipe.objects.get_or_create(slug=DRAWN_TRIAL_RECIPE, defaults=drawn)[0]


def trial_prompts() -> PromptSet:
    """The prompt set of trials, in no list, with its one prompt."""
    fields = {"title": "To try a model", "is_listed": False}
    chosen, _ = PromptSet.objects.get_or_create(slug=TRIAL_SET, defaults=fields)
    words = {"prompt_set": chosen, "title": "A greeting", "text": TRIAL_WORDS}
    Prompt.objects.get_or_create(slug=f"{TRIAL_SET}-greeting", defaults=words)
    return chosen


def trials_of(model: LanguageModel) -> QuerySet[Run]:
    """Trials of the model as it is now."""
    return Run.objects.filter(model=model, purpose=Purpose.TRIAL, withdrawn_at=None)


@transaction.atomic
def try_model(*, model: LanguageModel, actor: User) -> Run:
    """Queue one short reply; the trial that waits or is being written, where there is one.

    A model that was paused is asked again.

    Raises:
        RunRefused: for an archived model, and one that nothing here can run.
        PermissionError: when *actor* may not start runs.
    """
    model = LanguageModel.objects.select_for_update().get(pk=model.pk)
    waiting = trials_of(model).filter(
        cancelled_at=None, outputs__state__in=[OutputState.PENDING, OutputState.LEASED]
    )
    if actor.may_run_models:
        queue.resume(model=model.pk)
        if run := waiting.first():
            return run
    return launch_run(
        model=model,
        recipe=trial_recipe(model),
        prompt_set=trial_prompts(),
        priority=TRIAL_PRIORITY,
        launched_by=actor,
        purpose=Purpose.TRIAL,
    )


@transaction.atomic
def forget_trials(model: LanguageModel) -> None:
    """Withdraw and cancel a model's trials, once it is another one by path or engine."""
    now = timezone.now()
    trials = list(trials_of(model).select_for_update().values_list("pk", flat=True))
    Run.objects.filter(pk__in=trials).update(withdrawn_at=now, cancelled_at=now)
    waiting = Output.objects.filter(run__in=trials, state=OutputState.PENDING)
    waiting.update(state=OutputState.CANCELLED)


def may_steer(run: Run, user: User | AnonymousUser) -> bool:
    """Whether *user* may cancel and resume this run: who launched it and still may, and staff."""
    if not isinstance(user, User) or not user.may_run_models:
        return False
    return user.is_staff or run.launched_by_id == user.pk


@transaction.atomic
def cancel_run(*, run: Run, actor: User) -> Run:
    """Stop a run: what waits is cancelled, what is being written is given up, the rest stays."""
    if not may_steer(run, actor):
        raise PermissionError("Only who launched a run, and staff, may cancel it.")
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.cancelled_at is None:
        run.cancelled_at = timezone.now()
        run.save(update_fields=["cancelled_at"])
    run.outputs.filter(state=OutputState.PENDING).update(state=OutputState.CANCELLED)
    ring_on_commit()
    return run


@transaction.atomic
def resume_run(*, run: Run, actor: User) -> int:
    """Queue a run's failed and cancelled outputs again; returns how many.

    Raises:
        RunRefused: when it was withdrawn, or its model is asked no more.
    """
    if not may_steer(run, actor):
        raise PermissionError("Only who launched a run, and staff, may resume it.")
    run = Run.objects.select_for_update(of=("self",)).select_related("model").get(pk=run.pk)
    if run.withdrawn_at is not None:
        raise RunRefused("It was withdrawn, so nothing of it is asked again.")
    if why := model_refusal(run.model):
        raise RunRefused(why)
    run.cancelled_at = None
    run.save(update_fields=["cancelled_at"])
    again = run.outputs.filter(state__in=[OutputState.FAILED, OutputState.CANCELLED]).update(
        state=OutputState.PENDING, failures=0, alone=False, error="", finished_at=None
    )
    ring_on_commit()
    return again


@transaction.atomic
def report_output(
    *, output: Output, reason: str, text: str = "", reporter: User | None = None
) -> Report:
    """Tell the moderators about an output."""
    return Report.objects.create(output=output, reason=reason, text=text, reporter=reporter)


def is_graded_by_others() -> bool:
    """Whether other versions of graders, or of finding answers, gave a grade that stands."""
    by_this_code = Q()
    for name, grader in GRADERS.items():
        by_this_code |= Q(grader=name, grader_version=grader.version, answer_version=ANSWER_VERSION)
    standing = Grade.objects.filter(
        is_current=True, grader__in=list(GRADERS), output__state=OutputState.DONE
    )
    return standing.exclude(output__prompt__grader="").exclude(by_this_code).exists()


def regrade(*, grader: str = "", prompt_set: str = "", dry_run: bool = False) -> Changes:
    """Give outputs a new grade where this code says something else than their current one.

    Other versions of grader or answer finder are something else too. Earlier grades stay. With
    *grader* or *prompt_set* (a slug) only theirs. A second call finds nothing to do.
    """
    outputs = Output.objects.filter(state=OutputState.DONE).exclude(prompt__grader="")
    if grader:
        outputs = outputs.filter(prompt__grader=grader)
    if prompt_set:
        outputs = outputs.filter(prompt__prompt_set__slug=prompt_set)
    keys = list(outputs.values_list("pk", flat=True))
    changes: Changes = Counter()
    for first in range(0, len(keys), GRADED_AT_ONCE):
        changes += _regrade(keys[first : first + GRADED_AT_ONCE], dry_run=dry_run)
    return changes


@transaction.atomic
def _regrade(keys: list[int], *, dry_run: bool) -> Changes:
    changes: Changes = Counter()
    old, new = [], []
    outputs = Output.objects.filter(pk__in=keys).prefetch_related("grades")
    for output in outputs.for_reading().select_for_update(of=("self",)):
        before = output.grade
        made = graded_output(output)
        if before and (made == graded_as(before) or says_less(made, before)):
            continue
        old += [before.pk] if before else []
        new.append(Grade(output=output, **made._asdict()))
        changes[made.grader, before.score if before else None, made.score] += 1
    if not dry_run:
        Grade.objects.filter(pk__in=old).update(is_current=False)
        Grade.objects.bulk_create(new)
    return changes
