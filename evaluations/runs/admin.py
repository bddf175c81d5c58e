from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.read_only_admin import ReadOnlyAdmin, read_only, read_only_inline
from evaluations.runs.actions import (
    RunRefused,
    cancel_run,
    forget_trials,
    resume_run,
    try_model,
)
from evaluations.runs.models import (
    Attempt,
    Endpoint,
    Environment,
    FirstWords,
    Grade,
    Grid,
    LanguageModel,
    Likelihood,
    Misreading,
    Output,
    OutputState,
    Price,
    Probe,
    Purpose,
    Recipe,
    Report,
    Response,
    Run,
    SeenAnswered,
    SentPrompt,
    Stage,
    Step,
    Worker,
)
from evaluations.runs.moderation import decide_reports, withdraw_output, withdraw_run
from evaluations.runs.progress import trial_of
from evaluations.runs.querysets import LanguageModelQuerySet
from evaluations.runs.views import may_run


class OnceAskedAdmin(admin.ModelAdmin[Any]):
    """What runs rest on is frozen from the first run on, so that each can be repeated."""

    frozen: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.frozen if obj and self.is_asked(obj) else ()

    def is_asked(self, obj: Any) -> bool:
        return bool(obj.runs.exists())


@admin.register(LanguageModel)
class LanguageModelAdmin(OnceAskedAdmin):
    change_form_template = "runs/admin_model.html"
    frozen = ("slug", *LanguageModel.LOADED_BY)
    list_display = ("name", "maker", "parameters", "path", "revision", "licence", "tried",
                    "is_archived")  # fmt: skip
    list_filter = ("is_archived", "maker")
    search_fields = ("name", "slug", "maker", "path")

    def is_asked(self, obj: LanguageModel) -> bool:
        """From the first written output on: a mistyped path of a run that failed is corrected."""
        written = Output.objects.filter(run__model=obj, state=OutputState.DONE)
        return written.exclude(run__purpose=Purpose.TRIAL).exists()

    def get_queryset(self, request: HttpRequest) -> LanguageModelQuerySet:
        return LanguageModel.objects.with_trial().order_by("position", "name")

    @admin.display(description="trial")
    def tried(self, model: LanguageModel) -> str:
        return trial_of(model).mark

    def save_model(
        self, request: HttpRequest, obj: LanguageModel, form: ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if change and set(form.changed_data) & set(LanguageModel.LOADED_BY):
            forget_trials(obj)

    def response_add(
        self, request: HttpRequest, obj: LanguageModel, post_url_continue: Any = None
    ) -> HttpResponse:
        return self.tried_now(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: LanguageModel) -> HttpResponse:
        return self.tried_now(request, obj) or super().response_change(request, obj)

    def tried_now(self, request: HttpRequest, obj: LanguageModel) -> HttpResponse | None:
        """Where “Save and try it” was pressed: on to the model's page, which shows the trial."""
        if "_try" not in request.POST or not may_run(request):
            return None
        try:
            try_model(model=obj, actor=request.user)
        except RunRefused as error:
            self.message_user(request, str(error), messages.WARNING)
        return redirect("model", obj.slug)


@admin.register(Recipe)
class RecipeAdmin(OnceAskedAdmin):
    frozen = ("slug", *Recipe.ASKS_BY)
    list_display = ("name", "strategy", "temperature", "top_p", "max_new_tokens", "samples")
    list_filter = ("strategy",)
    search_fields = ("name", "slug")


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Runs are launched on the site's own page."""

    list_display = ("id", "model", "recipe", "prompt_set", "samples", "seed", "launched_by",
                    "created_at", "cancelled_at", "withdrawn_at")  # fmt: skip
    list_display_links = ("id", "model")
    list_filter = ("model", "recipe", "prompt_set")
    search_fields = ("model__name", "recipe__name", "prompt_set__title")
    actions = ("cancel", "queue_again", "withdraw")

    @admin.action(description="Cancel the selected runs", permissions=["withdraw"])
    def cancel(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Run]) -> None:
        for run in queryset:
            cancel_run(run=run, actor=request.user)
        self.message_user(request, "Cancelled. What was written stays.")

    @admin.action(description="Queue failed and cancelled outputs again", permissions=["withdraw"])
    def queue_again(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Run]) -> None:
        again = 0
        for run in queryset:
            try:
                again += resume_run(run=run, actor=request.user)
            except RunRefused as error:
                self.message_user(request, f"Run {run.pk}: {error}", messages.WARNING)
        self.message_user(request, f"Outputs queued again: {again}.")

    @admin.action(description="Withdraw the selected runs", permissions=["withdraw"])
    def withdraw(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Run]) -> None:
        for run in queryset:
            withdraw_run(run=run, actor=request.user)
        self.message_user(request, "Withdrawn: their outputs are no longer shown or counted.")


@admin.register(Grid)
class GridAdmin(ReadOnlyAdmin):
    """Grids are put together, launched and paused on the site's own pages."""

    list_display = ("id", "launched_by", "created_at", "launched_at", "dropped_at",
                    "ceiling_dollars", "ceiling_tokens")  # fmt: skip
    list_select_related = ("launched_by",)


@admin.register(Output)
class OutputAdmin(ReadOnlyAdmin):
    list_display = ("id", "run", "prompt", "number", "state", "finished_at", "withdrawn_at")
    list_filter = ("state", "trace_visibility", "stop_reason", "run__model", "run__recipe")
    search_fields = ("prompt__title", "prompt__slug")
    list_select_related = ("run__model", "run__recipe", "run__prompt_set")
    show_full_result_count = False
    inlines = (read_only_inline(Attempt), read_only_inline(Grade), read_only_inline(Step))
    actions = ("withdraw",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Output]:
        """The list needs no texts, which may be long."""
        return super().get_queryset(request).defer("text", "trace", "answer")

    @admin.display(description="sample", ordering="sample")
    def number(self, output: Output) -> int:
        """Samples count from 1, as on the site's own pages."""
        return output.sample + 1

    @admin.action(description="Withdraw the selected outputs", permissions=["withdraw"])
    def withdraw(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Output]) -> None:
        for output in queryset:
            withdraw_output(output=output, actor=request.user)
        self.message_user(request, "Withdrawn: no longer shown, judged or counted.")


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("output", "reason", "text", "reporter", "created_at", "resolved_at")
    list_filter = ("reason", ("resolved_at", admin.EmptyFieldListFilter))
    search_fields = ("text",)
    actions = ("resolve", "withdraw_reported")

    @admin.action(description="Mark the selected reports as resolved", permissions=["withdraw"])
    def resolve(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Report]) -> None:
        self.decide(request, queryset, withdraw=False)
        self.message_user(request, "Resolved: the outputs stay.")

    @admin.action(description="Withdraw their outputs and resolve", permissions=["withdraw"])
    def withdraw_reported(
        self, request: AuthenticatedHttpRequest, queryset: QuerySet[Report]
    ) -> None:
        self.decide(request, queryset, withdraw=True)
        self.message_user(request, "Withdrawn and resolved.")

    def decide(
        self, request: AuthenticatedHttpRequest, queryset: QuerySet[Report], *, withdraw: bool
    ) -> None:
        """Decide each output's reports once, with what was reported as the public sentence."""
        reported = {report.output: report for report in queryset}
        for output, report in reported.items():
            why: dict[str, Any] = {
                "actor": request.user,
                "reason": report.reason,
                "sentence": f"A reader reported it: {report.get_reason_display().lower()}.",
            }
            if output.reports.open().exists():
                decide_reports(output=output, withdraw=withdraw, **why)
            elif withdraw:
                withdraw_output(output=output, **why)


# Model, columns, filters, searches, and what else its pages need.
# fmt: off
read_only(Step, "output segmentation index start end", "segmentation",
          show_full_result_count=False)
read_only(Stage, "output number kind tokens_in tokens_out stop_reason created_at", "kind",
          show_full_result_count=False)
read_only(Attempt, "output number owner outcome error cost ended_at", "outcome", "owner error",
          show_full_result_count=False)
read_only(Grade, "output grader grader_version answer_version how score note is_current created_at",
          "grader grader_version is_current how", show_full_result_count=False)
read_only(SeenAnswered, "user prompt created_at")
read_only(Misreading, "grade reporter answer created_at", "grade__grader",
          show_full_result_count=False)
read_only(SentPrompt, "digest", searches="digest text")
read_only(Likelihood, "output", show_full_result_count=False)
read_only(Response, "output usage created_at", show_full_result_count=False)
read_only(Environment, "digest", searches="digest")
read_only(FirstWords, "output owner attempt written_at")
read_only(Worker, "name kind device model tokens started_at seen_at note", "kind")
read_only(Endpoint, "name address dialect key_variable", "dialect", "name address")
read_only(Price, "endpoint model since tokens_in tokens_out", "endpoint", "model")
read_only(Probe, "endpoint model asked_by created_at finished_at error", "endpoint", "model")
