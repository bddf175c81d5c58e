from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.read_only_admin import ReadOnlyAdmin, read_only, read_only_inline
from evaluations.definitions.models import AnsweredBy, CriterionVersion
from evaluations.judgments.answers.findings import (
    may_enter_findings,
    record_finding,
    withdraw_finding,
)
from evaluations.judgments.answers.moderation import withdraw_judgment
from evaluations.judgments.models import (
    Adjudication,
    Answer,
    Block,
    BlockCriterion,
    Comparison,
    Consent,
    Draft,
    Finding,
    FirstError,
    GoldAnswer,
    ImportedOpinion,
    Item,
    Judge,
    JudgePrompt,
    Judgment,
    Lease,
    Mark,
    Member,
    Opinion,
    PassedPrompt,
    Protocol,
    ProtocolBlock,
    ProtocolDefinition,
    ProtocolVersion,
    Reveal,
    SetAside,
    Skip,
    SkippedItem,
    Source,
    StepLabel,
    Writing,
    WrittenByHand,
)

SUBJECTS = ("output", "prompt", "model", "recipe", "family")


class BlockCriterionInline(admin.TabularInline[BlockCriterion, Block]):
    model = BlockCriterion
    extra = 1
    autocomplete_fields = ("criterion",)


@admin.register(Block)
class BlockAdmin(admin.ModelAdmin[Block]):
    list_display = ("title", "slug", "is_default")
    search_fields = ("title", "slug")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (BlockCriterionInline,)


@admin.register(Judgment)
class JudgmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "output", "prompt", "blind", "seconds", "created_at",
                    "withdrawn_at")  # fmt: skip
    list_filter = ("judge__kind", "blind", "on_summary",
                   ("withdrawn_at", admin.EmptyFieldListFilter))  # fmt: skip
    search_fields = ("comment", "judge__user__username")
    inlines = (
        read_only_inline(
            Answer, "criterion_version definition_version value words reason is_current"
        ),
    )
    actions = ("withdraw",)

    @admin.action(description="Withdraw the selected judgments", permissions=["withdraw"])
    def withdraw(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Judgment]) -> None:
        for judgment in queryset:
            withdraw_judgment(judgment=judgment, actor=request.user)
        self.message_user(request, "Withdrawn: their answers count no longer.")


class FindingForm(forms.ModelForm[Finding]):
    """A finding entered by hand. An error at a field keeps the database's own words away."""

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        given = {name for name in SUBJECTS if fields.get(name)}
        if given not in ({"output"}, {"prompt"}, {"model"}, {"model", "recipe", "family"}):
            self.add_error(
                "output",
                "A finding is about exactly one output, one prompt, one model, or a model with a "
                "recipe and a family.",
            )
        if fields.get("source") == Source.EVIDENCE and not fields.get("link"):
            self.add_error("link", "Linked evidence needs its link.")
        return fields


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """Staff may enter a finding; a later one supersedes it."""

    form = FindingForm
    fields = ("criterion_version", *SUBJECTS, "value", "source", "link", "note")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ("criterion_version", "value", "source", *SUBJECTS, "created_by", "created_at",
                    "is_current")  # fmt: skip
    list_filter = ("value", "source", "is_current",
                   ("withdrawn_at", admin.EmptyFieldListFilter))  # fmt: skip
    search_fields = ("criterion_version__title", "note", "link")
    list_select_related = ("criterion_version__criterion",)
    raw_id_fields = ("output",)
    autocomplete_fields = ("prompt", "model", "recipe", "family")
    actions = ("withdraw",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_enter_findings(request.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "criterion_version":
            kwargs["queryset"] = CriterionVersion.objects.offered().exclude(
                criterion__answered_by=AnsweredBy.JUDGE
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Finding, form: Any, change: bool) -> None:
        assert request.user.is_authenticated
        record_finding(finding=obj, actor=request.user)

    @admin.action(description="Withdraw the selected findings", permissions=["withdraw"])
    def withdraw(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Finding]) -> None:
        for finding in queryset:
            withdraw_finding(finding=finding, actor=request.user)
        self.message_user(request, "Withdrawn: the question is open again.")


# Model, columns, filters, searches, and what else its pages need.
# fmt: off
read_only(Judge, "id kind user language_model judge_prompt name created_at", "kind",
          "user__username name")
read_only(Answer, "id judge output prompt criterion definition_version value is_current",
          "value is_current judge__kind criterion", "criterion__key words reason",
          joins="definition_version__definition", show_full_result_count=False)
read_only(Reveal, "judge output created_at")
read_only(Skip, "judge output reason created_at", searches="reason")
# Protocols are made and changed on their own pages, which staff may use.
read_only(Protocol, "title slug owner access is_default opened_at closed_at",
          "access is_default", "title slug owner__username", exclude=("members",),
          inlines=(read_only_inline(
              ProtocolVersion, "number subject is_current frozen_at judges_per_item",
              show_change_link=True),))
read_only(ProtocolVersion, "protocol number subject is_current frozen_at judges_per_item",
          "subject is_current", "protocol__title protocol__slug",
          inlines=(read_only_inline(ProtocolBlock), read_only_inline(ProtocolDefinition)))
read_only(Item,
          "id version output left right prompt needed done leased is_gold is_qualification",
          "is_gold is_qualification", "version__protocol__slug", joins="version__protocol",
          show_full_result_count=False, inlines=(read_only_inline(GoldAnswer),))
read_only(GoldAnswer, "item criterion value feedback", "value", "criterion__key feedback")
read_only(Lease, "item judge is_prefetch taken_at expires_at", "is_prefetch", exclude=("token",))
read_only(Member, "protocol judge joined_at", searches="protocol__slug judge__user__username")
read_only(SkippedItem, "item judge counted created_at", "counted")
read_only(Mark, "id judge output criterion part quote is_current",
          "part is_current", "quote criterion__key", show_full_result_count=False)
read_only(StepLabel, "id judge step role correctness is_current", "role correctness is_current",
          show_full_result_count=False)
read_only(FirstError, "id judge output step segmentation is_current", "is_current")
read_only(Comparison, "id judge left right definition_version value is_current withdrawn_at",
          "value is_current judge__kind", "comment judge__user__username",
          joins="definition_version__definition")
read_only(Adjudication, "id item criterion value reason decided_by created_at is_current",
          "value reason is_current", "note criterion__key")
read_only(Opinion, "id judge output block prompt_version state created_at",
          "state prompt_version", "note block__slug")
read_only(ImportedOpinion, "id judge output criterion_version sample value imported_by created_at",
          "value", "judge__name", show_full_result_count=False)
read_only(JudgePrompt, "title number made_by created_at used_at", "", "title body")
read_only(SetAside, "judge protocol reason actor lifts created_at", "", "reason")
read_only(WrittenByHand, "output judge licence consented_at shows_name", "shows_name",
          exclude=("token",))
read_only(Writing, "judge prompt recipe shown_at kept_at", exclude=("token", "working", "answer"))
read_only(PassedPrompt, "judge prompt had_seen created_at", "had_seen")
read_only(Consent, "judge licence given_at")
read_only(Draft, "judge place updated_at", searches="place")
