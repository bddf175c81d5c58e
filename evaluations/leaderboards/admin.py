from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from evaluations.common.read_only_admin import ReadOnlyAdmin
from evaluations.leaderboards.models import ShownDefinition, Snapshot
from evaluations.leaderboards.snapshots.actions import withdraw_snapshot


class WithdrawalForm(forms.ModelForm[Snapshot]):
    """The one thing that can be done to a snapshot."""

    withdrawn_reason = forms.CharField(
        label="Withdraw it, because",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stays on its page for good. The numbers stay too.",
    )

    class Meta:
        model = Snapshot
        fields = ("withdrawn_reason",)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    form = WithdrawalForm
    list_display = ("name", "version", "judgments", "judges", "created_at", "withdrawn_at")
    list_filter = ("withdrawn_at",)
    search_fields = ("digest", "version__definition__slug")
    list_select_related = ("version__definition",)
    readonly_fields = (
        "version", "day", "digest", "question_words", "method_version", "outputs", "answers",
        "findings", "judgments", "judges", "created_at", "created_by", "withdrawn_at",
    )  # fmt: skip
    fields = (*readonly_fields, "withdrawn_reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that was withdrawn stays as it is."""
        allowed = admin.ModelAdmin.has_change_permission(self, request, obj)
        return allowed and (obj is None or obj.withdrawn_at is None)

    def save_model(self, request: HttpRequest, obj: Snapshot, form: Any, change: bool) -> None:
        assert request.user.is_authenticated
        withdraw_snapshot(
            snapshot=obj, reason=form.cleaned_data["withdrawn_reason"], actor=request.user
        )


@admin.register(ShownDefinition)
class ShownDefinitionAdmin(ReadOnlyAdmin):
    list_display = ("owner", "shows_name", "shows_all", "shows_outputs", "created_at")
    fields = list_display
