from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from evaluations.common.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from evaluations.definitions.models import AnsweredBy, CriterionVersion
from evaluations.judgments.answers.findings import record_finding, withdraw_finding
from evaluations.judgments.answers.moderation import withdraw_judgment
from evaluations.judgments.models import (
    Adjudication,
    Answer,
    Block,
    BlockCriterion,
    Comparison,
    Draft,
    Finding,
    FirstError,
    GoldAnswer,
    Item,
    Judge,
    Judgment,
    Lease,
    Mark,
    Member,
    Opinion,
    Protocol,
    ProtocolBlock,
    ProtocolDefinition,
    ProtocolVersion,
    Reveal,
    Skip,
    SkippedItem,
    Source,
    StepLabel,
)

SUBJECTS = ("output", "prompt", "model", "recipe", "family")


@admin.register(Judge)
class JudgeAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "user", "language_model", "created_at")
    list_filter = ("kind",)
    search_fields = ("user__username",)
    list_select_related = ("user", "language_model")


class BlockCriterionInline(admin.TabularInline):
    model = BlockCriterion
    extra = 1
    autocomplete_fields = ("criterion",)


@admin.register(Block)
class BlockAdmin(admin.ModelAdmin):
    list_display = ("title", "slug", "is_default")
    search_fields = ("title", "slug")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (BlockCriterionInline,)


class AnswerInline(ReadOnlyInline):
    model = Answer
    fields = ("criterion_version", "definition_version", "value", "words", "reason", "is_current")


@admin.register(Judgment)
class JudgmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "output", "prompt", "blind", "seconds", "created_at",
                    "withdrawn_at")  # fmt: skip
    list_filter = ("judge__kind", "blind", "on_summary",
                   ("withdrawn_at", admin.EmptyFieldListFilter))  # fmt: skip
    search_fields = ("comment", "judge__user__username")
    list_select_related = ("judge", "output", "prompt")
    inlines = (AnswerInline,)
    actions = ("withdraw",)

    @admin.action(description="Withdraw the selected judgments", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Judgment]) -> None:
        for judgment in queryset:
            withdraw_judgment(judgment=judgment, actor=request.user)
        self.message_user(request, "Withdrawn: their answers count no longer.")


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "output", "prompt", "criterion", "definition_version", "value",
                    "is_current")  # fmt: skip
    list_filter = ("value", "is_current", "judge__kind", "criterion")
    search_fields = ("criterion__key", "words", "reason")
    list_select_related = ("judge", "output", "prompt", "criterion",
                           "definition_version__definition")  # fmt: skip
    show_full_result_count = False


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin):
    list_display = ("judge", "output", "created_at")
    list_select_related = ("judge", "output")


@admin.register(Skip)
class SkipAdmin(ReadOnlyAdmin):
    list_display = ("judge", "output", "reason", "created_at")
    search_fields = ("reason",)
    list_select_related = ("judge", "output")


class FindingForm(forms.ModelForm):
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
    list_select_related = ("criterion_version__criterion", *SUBJECTS, "created_by")
    raw_id_fields = ("output",)
    autocomplete_fields = ("prompt", "model", "recipe", "family")
    actions = ("withdraw",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("judgments.add_finding")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "criterion_version":
            kwargs["queryset"] = CriterionVersion.objects.current().exclude(
                criterion__answered_by=AnsweredBy.JUDGE
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Finding, form: Any, change: bool) -> None:
        record_finding(finding=obj, actor=request.user)

    @admin.action(description="Withdraw the selected findings", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        for finding in queryset:
            withdraw_finding(finding=finding, actor=request.user)
        self.message_user(request, "Withdrawn: the question is open again.")


class ProtocolVersionInline(ReadOnlyInline):
    model = ProtocolVersion
    fields = ("number", "subject", "is_current", "frozen_at", "judges_per_item")
    show_change_link = True


@admin.register(Protocol)
class ProtocolAdmin(ReadOnlyAdmin):
    """To look at: protocols are made and changed on their own pages, which staff may use."""

    list_display = ("title", "slug", "owner", "access", "is_default", "opened_at", "closed_at")
    list_filter = ("access", "is_default")
    search_fields = ("title", "slug", "owner__username")
    list_select_related = ("owner",)
    exclude = ("members",)
    inlines = (ProtocolVersionInline,)


class ProtocolBlockInline(ReadOnlyInline):
    model = ProtocolBlock


class ProtocolDefinitionInline(ReadOnlyInline):
    model = ProtocolDefinition


@admin.register(ProtocolVersion)
class ProtocolVersionAdmin(ReadOnlyAdmin):
    list_display = ("protocol", "number", "subject", "is_current", "frozen_at", "judges_per_item")
    list_filter = ("subject", "is_current")
    search_fields = ("protocol__title", "protocol__slug")
    list_select_related = ("protocol",)
    inlines = (ProtocolBlockInline, ProtocolDefinitionInline)


class GoldAnswerInline(ReadOnlyInline):
    model = GoldAnswer


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ("id", "version", "output", "left", "right", "prompt", "needed", "done",
                    "leased", "is_gold", "is_qualification")  # fmt: skip
    list_filter = ("is_gold", "is_qualification")
    search_fields = ("version__protocol__slug",)
    list_select_related = ("version__protocol", "output", "left", "right", "prompt")
    show_full_result_count = False
    inlines = (GoldAnswerInline,)


@admin.register(GoldAnswer)
class GoldAnswerAdmin(ReadOnlyAdmin):
    list_display = ("item", "criterion", "value", "feedback")
    list_filter = ("value",)
    search_fields = ("criterion__key", "feedback")
    list_select_related = ("item", "criterion")


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ("item", "judge", "is_prefetch", "taken_at", "expires_at")
    list_filter = ("is_prefetch",)
    exclude = ("token",)
    list_select_related = ("item", "judge")


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ("protocol", "judge", "joined_at")
    search_fields = ("protocol__slug", "judge__user__username")
    list_select_related = ("protocol", "judge")


@admin.register(SkippedItem)
class SkippedItemAdmin(ReadOnlyAdmin):
    list_display = ("item", "judge", "counted", "created_at")
    list_filter = ("counted",)
    list_select_related = ("item", "judge")


@admin.register(Mark)
class MarkAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "output", "criterion", "part", "quote", "is_current")
    list_filter = ("part", "is_current")
    search_fields = ("quote", "criterion__key")
    list_select_related = ("judge", "output", "criterion")
    show_full_result_count = False


@admin.register(StepLabel)
class StepLabelAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "step", "role", "correctness", "is_current")
    list_filter = ("role", "correctness", "is_current")
    list_select_related = ("judge", "step")
    show_full_result_count = False


@admin.register(FirstError)
class FirstErrorAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "output", "step", "segmentation", "is_current")
    list_filter = ("is_current",)
    list_select_related = ("judge", "output", "step")


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "left", "right", "definition_version", "value", "is_current",
                    "withdrawn_at")  # fmt: skip
    list_filter = ("value", "is_current", "judge__kind")
    search_fields = ("comment", "judge__user__username")
    list_select_related = ("judge", "left", "right", "definition_version__definition")


@admin.register(Adjudication)
class AdjudicationAdmin(ReadOnlyAdmin):
    list_display = ("id", "item", "criterion", "value", "reason", "decided_by", "created_at",
                    "is_current")  # fmt: skip
    list_filter = ("value", "reason", "is_current")
    search_fields = ("note", "criterion__key")
    list_select_related = ("item", "criterion", "decided_by")


@admin.register(Opinion)
class OpinionAdmin(ReadOnlyAdmin):
    list_display = ("id", "judge", "output", "block", "prompt_version", "state", "created_at")
    list_filter = ("state", "prompt_version")
    search_fields = ("note", "block__slug")
    list_select_related = ("judge", "output", "block")


@admin.register(Draft)
class DraftAdmin(ReadOnlyAdmin):
    list_display = ("judge", "place", "updated_at")
    search_fields = ("place",)
    list_select_related = ("judge",)
