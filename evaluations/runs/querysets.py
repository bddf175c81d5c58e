from typing import TYPE_CHECKING

from django.db import models
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
)

from evaluations.accounts.visibility import GuardedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from evaluations.accounts.models import User
    from evaluations.prompts.models import PromptSet
    from evaluations.runs.models import (  # noqa: F401
        LanguageModel,
        Misreading,
        Output,
        Recipe,
        Report,
        Run,
    )

    Reader = User | AnonymousUser | None

JUDGING_RECIPE = "model-judge"
DRAWN_JUDGING_RECIPE = "model-judge-drawn"
TRIAL_RECIPE = "trial"
DRAWN_TRIAL_RECIPE = "trial-drawn"
BY_HAND, BY_HAND_IN_STEPS = "by-hand", "by-hand-in-steps"

# What fixes a text before it is written. Greedy decoding draws nothing, so no seed has a part; a
# log from elsewhere says only that it was asked for, and several samples differ there. The
# recipes are an array, not a join: PostgreSQL sees that both sides of `EQUALS` have one recipe, and
# would compare all samples of a prompt with each other where the seed depends on it.
IMPORTED = "imported-"
"""How the slugs of recipes begin that came with outputs from elsewhere."""
DRAWN = f"""r.recipe_id <> ALL (ARRAY(SELECT id FROM runs_recipe
    WHERE temperature = 0 AND NOT starts_with(slug, '{IMPORTED}')))"""
KEYED = f"""
SELECT o.id, o.state = 'failed' AS failed, o.finished_at, r.model_id, r.recipe_id, r.purpose,
    o.prompt_id,
    CASE WHEN {DRAWN} THEN o.seed ELSE 0 END AS seed,
    CASE WHEN {DRAWN} THEN o.sample ELSE 0 END AS sample,
    CASE WHEN r.visibility = 'public' THEN 0 ELSE r.id END AS circle
FROM runs_output o JOIN runs_run r ON r.id = o.run_id
WHERE o.state IN ('done', 'failed') AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
"""
EQUALS = f"""
FROM ({KEYED}) first JOIN ({KEYED}) again
    USING (model_id, recipe_id, purpose, prompt_id, seed, sample, circle)
WHERE (first.failed, first.finished_at, first.id) < (again.failed, again.finished_at, again.id)
"""
"""Outputs with those that are the same by construction and come first: written ones by their
time, then those that failed. What is not public is compared within its own run alone: nothing of
everybody's goes, or says more, because of it."""


def is_duplicate(output: str) -> str:
    """SQL condition that an output repeats an earlier one, which stands for both."""
    return f"EXISTS (SELECT {EQUALS} AND again.id = {output})"


# Outputs of one run are equal only where nothing was drawn: it has each sample of a prompt once.
ALIKE = f"""
SELECT id FROM (SELECT r.id, {DRAWN} AS drawn, count(*) OVER (PARTITION BY r.model_id, r.recipe_id,
    r.purpose, CASE WHEN r.visibility = 'public' THEN 0 ELSE r.id END) AS runs
    FROM runs_run r WHERE r.withdrawn_at IS NULL) alike
WHERE runs > 1 OR NOT drawn
"""
"""Runs that may hold an output equal to another: only theirs are compared."""


def repeating(prompts: str) -> str:
    """SQL of all outputs that repeat an earlier one: quicker than `is_duplicate` for many.

    Args:
        prompts: SQL of the prompts that are looked at; outputs that are equal answer the same.
    """
    return f"""
SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY model_id, recipe_id, purpose, prompt_id,
    seed, sample, circle ORDER BY failed, finished_at, id) AS place
    FROM ({KEYED} AND o.run_id IN ({ALIKE}) AND o.prompt_id IN ({prompts})) keyed) placed
WHERE place > 1
"""


class Duplicate(Func):
    """Whether the output with this id repeats an earlier one, as by `is_duplicate`."""

    template = is_duplicate("%(expressions)s")
    output_field = BooleanField()


class SameAs(Func):
    """Id of the first output that the one with this id repeats."""

    template = (
        f"(SELECT first.id {EQUALS} AND again.id = %(expressions)s "
        "ORDER BY first.failed, first.finished_at, first.id LIMIT 1)"
    )
    output_field = BigIntegerField()


class LanguageModelQuerySet(models.QuerySet["LanguageModel"]):
    def can_be_asked(self) -> "LanguageModelQuerySet":
        """Models that something here can run: not those of imported outputs, nor the archived."""
        return self.exclude(backend="").filter(is_archived=False)

    def listed(self) -> "LanguageModelQuerySet":
        """Models that everybody finds in lists; joins nothing."""
        return self.listed_for(None)

    def listed_for(self, user: "Reader") -> "LanguageModelQuerySet":
        """Models that *user* finds in lists: of those of imports the ones with a run that they
        find there; joins nothing."""
        return self._told_by(self._runs().listed_for(user))

    def readable_by(self, user: "Reader") -> "LanguageModelQuerySet":
        """Models that *user* may read by their address: of those of imports the ones with a run
        that they may read; joins nothing."""
        return self._told_by(self._runs().readable_by(user))

    def _runs(self) -> "RunQuerySet":
        return self.model._meta.apps.get_model("runs", "Run")._default_manager.all()

    def _told_by(self, runs: "RunQuerySet") -> "LanguageModelQuerySet":
        return self.filter(~Q(backend="") | Exists(runs.filter(model=OuterRef("pk"))))

    def named(self) -> "LanguageModelQuerySet":
        """With what a row of a board says and no more: there may be hundreds."""
        return self.only("slug", "name", "position", "is_people")

    def with_trial(self) -> "LanguageModelQuerySet":
        """Adds what `evaluations.runs.progress` reads: the newest trial, and whether it is in use.

        `trial_state`, `trial_error`, `trial_text` and `trial_at` are None where there is none.
        """
        outputs = self.model._meta.apps.get_model("runs", "Output")._default_manager.all()
        own = outputs.filter(run__model=OuterRef("pk"))
        newest = own.filter(
            run__purpose="trial", run__withdrawn_at=None, withdrawn_at=None
        ).order_by("-run_id")
        return self.annotate(
            trial_state=Subquery(newest.values("state")[:1]),
            trial_error=Subquery(newest.values("error")[:1]),
            trial_text=Subquery(newest.values("text")[:1]),
            trial_at=Subquery(newest.values("finished_at")[:1]),
            is_used=Exists(own.filter(state="done").exclude(run__purpose="trial")),
        )


class RecipeQuerySet(models.QuerySet["Recipe"]):
    def named(self) -> "RecipeQuerySet":
        """With what a row of a board says and no more."""
        return self.only("slug", "name", "position")

    def listed(self) -> "RecipeQuerySet":
        """Recipes that people choose from: of those of people the ones that are not archived."""
        return self.written_by_people().filter(is_archived=False)

    def written_by_people(self) -> "RecipeQuerySet":
        """Without the recipes of model judges, trials and imports, and those by hand."""
        own = (JUDGING_RECIPE, DRAWN_JUDGING_RECIPE, TRIAL_RECIPE, DRAWN_TRIAL_RECIPE, BY_HAND,
               BY_HAND_IN_STEPS)  # fmt: skip
        return self.exclude(slug__in=own).exclude(slug__startswith=IMPORTED)


class RunQuerySet(GuardedQuerySet["Run"]):
    def to_judge(self) -> "RunQuerySet":
        """Runs whose outputs are to be judged, whoever may read them; joins nothing."""
        return self.filter(purpose="answers")

    def listed(self) -> "RunQuerySet":
        """Runs whose outputs are to be judged and that everybody reads; joins nothing."""
        return self.to_judge().public()

    def equal_to(
        self, *, model: "LanguageModel", recipe: "Recipe", prompt_set: "PromptSet", seed: int | None
    ) -> "RunQuerySet":
        """Runs that wrote, or will write, what such a run would; joins nothing.

        Args:
            seed: None for one that is still to be drawn.
        """
        equal = self.listed().filter(
            model=model,
            recipe=recipe,
            prompt_set=prompt_set,
            cancelled_at=None,
            withdrawn_at=None,
        )
        return equal if recipe.is_greedy else equal.filter(seed=-1 if seed is None else seed)

    def with_progress(self) -> "RunQuerySet":
        """Adds how many outputs are `total`, `waiting`, `running`, `done` and `failed`."""
        return self.annotate(
            total=Count("outputs"),
            waiting=Count("outputs", filter=Q(outputs__state="pending")),
            running=Count("outputs", filter=Q(outputs__state="leased")),
            done=Count("outputs", filter=Q(outputs__state="done")),
            failed=Count("outputs", filter=Q(outputs__state="failed")),
        )

    def for_list(self) -> "RunQuerySet":
        """Newest first, with progress; joins model, recipe and prompt set.

        Without model judges at work, and with what is not public: the reader is named first.
        """
        return (
            self.to_judge()
            .with_progress()
            .select_related("model", "recipe", "prompt_set")
            .order_by("-created_at", "-id")
        )


class OutputQuerySet(GuardedQuerySet["Output"]):
    GUARD = "run"

    def to_judge(self) -> "OutputQuerySet":
        """Outputs to be judged, whoever may read them: without the replies of model judges."""
        return self.filter(run__purpose="answers")

    def listed(self) -> "OutputQuerySet":
        """Outputs to be judged that everybody reads; joins nothing."""
        return self.to_judge().public()

    def written(self) -> "OutputQuerySet":
        """What models wrote to be judged and nobody withdrew, whoever may read it."""
        return self.to_judge().filter(state="done", withdrawn_at=None, run__withdrawn_at=None)

    def finished(self) -> "OutputQuerySet":
        """What models wrote to be judged, nobody withdrew and everybody reads; joins nothing."""
        return self.written().public()

    def distinct_samples(self) -> "OutputQuerySet":
        """Without outputs that repeat earlier ones."""
        return self.filter(~Q(Duplicate(F("pk"))))

    def with_first(self) -> "OutputQuerySet":
        """Adds `same_as`: id of the first output that this one repeats, if any."""
        return self.annotate(same_as=SameAs(F("pk")))

    def for_reading(self) -> "OutputQuerySet":
        """All that an output's page names; joins run, model, recipe, prompt and its set."""
        return self.select_related(
            "run__model", "run__recipe", "prompt__prompt_set", "prompt__family", "environment"
        )

    def for_judging(self) -> "OutputQuerySet":
        """Only what a judge may see before judging; joins the prompt and its set alone."""
        return self.select_related("prompt__prompt_set").defer("environment")


class MisreadingQuerySet(models.QuerySet["Misreading"]):
    def about(self, outputs: "OutputQuerySet") -> "MisreadingQuerySet":
        """Of grades of these outputs; joins nothing."""
        return self.filter(grade__output__in=outputs)

    def for_list(self) -> "MisreadingQuerySet":
        """The newest first, with all that a list names of the grade and its output."""
        return self.select_related("grade__output__prompt").prefetch_related(
            "grade__output__grades"
        )


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> "ReportQuerySet":
        """Reports that nobody decided yet, the longest waiting first; joins nothing."""
        return self.filter(resolved_at=None).order_by("created_at", "pk")
