from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.read_only_admin import ReadOnlyAdmin, read_only, read_only_inline
from evaluations.definitions.actions import (
    WORDING,
    draft_definition,
    fork_name,
    publish_version,
    word_criterion,
)
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
    Pin,
    Proposal,
    ProposalMessage,
    Relation,
    State,
    StateChange,
)


@admin.register(Criterion)
class CriterionAdmin(admin.ModelAdmin[Criterion]):
    list_display = ("key", "level", "answered_by", "process", "position")
    list_filter = ("level", "answered_by", "process")
    search_fields = ("key", "versions__title", "versions__question")
    inlines = (
        read_only_inline(
            CriterionVersion, "number meaning title question is_current", show_change_link=True
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Rules name criteria by their keys, and answers rest on what a criterion is."""
        return ("key", "level", "answered_by") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WordingForm(forms.ModelForm[CriterionVersion]):
    new_question = forms.BooleanField(
        required=False, label="New question: earlier answers do not carry over"
    )

    class Meta:
        model = CriterionVersion
        fields = ("criterion", *WORDING)

    def clean(self) -> dict[str, Any]:
        """Refuse the wording that is in force already: it would make no new version."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        criterion = cleaned.get("criterion")
        wording = {name: cleaned.get(name) for name in WORDING}
        if criterion and criterion.versions.filter(is_current=True, **wording).exists():
            raise forms.ValidationError("This is the wording that is in force already.")
        return cleaned


@admin.register(CriterionVersion)
class CriterionVersionAdmin(ReadOnlyAdmin):
    """A criterion gets another wording by adding one; those that exist can only be looked at."""

    form = WordingForm
    list_display = ("title", "criterion", "number", "meaning", "is_current")
    list_filter = ("is_current", "criterion__level", "criterion__answered_by")
    search_fields = ("title", "question", "criterion__key")
    autocomplete_fields = ("criterion",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        made = ("number", "meaning", "is_current", "created_at")
        return ("criterion", *WORDING, *(made if obj else ("new_question",)))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def save_model(
        self, request: HttpRequest, obj: CriterionVersion, form: Any, change: bool
    ) -> None:
        made = word_criterion(
            criterion=obj.criterion,
            wording={name: getattr(obj, name) for name in WORDING},
            new_question=form.cleaned_data["new_question"],
        )
        obj.pk, obj.number, obj.meaning = made.pk, made.number, made.meaning
        obj._state.adding = False


@admin.register(Definition)
class DefinitionAdmin(admin.ModelAdmin[Definition]):
    list_display = ("name", "author", "year", "kind", "verification", "position")
    list_filter = ("kind", "verification", ("curated_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "slug", "author", "source")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("related", "owner")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = (
        read_only_inline(
            DefinitionVersion,
            "number state statement is_current published_at",
            show_change_link=True,
        ),
    )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The slug is in every permalink, and merging is a move with a record."""
        return ("slug", "merged_into") if obj else ("merged_into",)

    def save_model(self, request: HttpRequest, obj: Definition, form: Any, change: bool) -> None:
        if change and obj.versions.of_forks().exists():
            obj.name = fork_name(obj.name)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DraftForm(forms.ModelForm[DefinitionVersion]):
    class Meta:
        model = DefinitionVersion
        fields = "__all__"  # noqa: DJ007 the admin's own list of fields narrows it
        widgets = {"rule": forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField"})}


@admin.register(DefinitionVersion)
class DefinitionVersionAdmin(admin.ModelAdmin[DefinitionVersion]):
    """Drafts can be written, changed and deleted; what was published can only be looked at."""

    form = DraftForm
    list_display = ("definition", "number", "state", "is_current", "reading", "published_at")
    list_filter = ("state", "is_current", "absence_policy", "partly_policy")
    search_fields = ("definition__name", "statement", "reading")
    list_select_related = ("definition",)
    autocomplete_fields = ("definition", "forked_from")
    fields = (
        "definition",
        "statement",
        "quoted",
        "rule",
        "reading",
        "absence_policy",
        "partly_policy",
        "note",
        "positive_example",
        "positive_why",
        "negative_example",
        "negative_why",
        "change_note",
        "forked_from",
        "author",
        "number",
        "state",
        "is_current",
        "published_at",
    )
    inlines = (read_only_inline(Pin, verbose_name_plural="criterion versions that it means"),)
    actions = ("publish",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        made = ("author", "number", "state", "is_current", "published_at")
        return (*made, "definition", "forked_from") if obj else made

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.state != State.DRAFT:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Without an object the question is about the list, where published versions stand too.
        if obj is None or obj.state != State.DRAFT:
            return False
        return super().has_delete_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: DefinitionVersion, form: Any, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        assert request.user.is_authenticated
        draft = draft_definition(
            definition=obj.definition,
            author=request.user,
            change_note=obj.change_note,
            forked_from=obj.forked_from,
            **obj.says(),
        )
        obj.pk, obj.number = draft.pk, draft.number
        obj._state.adding = False

    @admin.action(description="Publish the selected drafts", permissions=["change"])
    def publish(
        self, request: AuthenticatedHttpRequest, queryset: QuerySet[DefinitionVersion]
    ) -> None:
        for version in queryset:
            try:
                publish_version(version=version, actor=request.user)
            except (ValueError, PermissionError) as error:
                self.message_user(request, f"{version}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{version} is in force.", messages.SUCCESS)


# Model, columns, filters, searches, and what else its pages need.
# fmt: off
# Amendments are decided on their own pages.
read_only(Proposal, "definition number proposer state created_at",
          "state", "definition__name reason proposer__username",
          inlines=(read_only_inline(ProposalMessage, "author kind text created_at",
                                    readonly_fields=("created_at",)),))
read_only(ProposalMessage, "proposal author kind created_at", "kind", "text author__username",
          joins="proposal__definition")
# Who moved which version to which state; the moves are made on the definition's history.
read_only(StateChange, "version before after actor merged_into created_at",
          "after", "version__definition__name reason actor__username",
          joins="version__definition")
# What follows from what is computed once, when a version is published.
read_only(Relation, "one other by_rules by_postulates",
          "by_rules by_postulates", "one__definition__name other__definition__name",
          joins="one__definition other__definition")
