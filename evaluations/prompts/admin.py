from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from evaluations.prompts.models import Family, Prompt, PromptSet


@admin.register(PromptSet)
class PromptSetAdmin(admin.ModelAdmin[PromptSet]):
    """Who reads a set is said on its own page, as everywhere; here staff give it an owner."""

    list_display = ("title", "slug", "domain", "visibility", "owner", "position")
    list_filter = ("visibility",)
    exclude = ("readers",)
    readonly_fields = ("visibility", "publish_on")
    raw_id_fields = ("owner",)
    search_fields = ("title", "slug", "description")
    prepopulated_fields = {"slug": ("title",)}


@admin.register(Family)
class FamilyAdmin(admin.ModelAdmin[Family]):
    list_display = ("slug",)
    search_fields = ("slug",)


@admin.register(Prompt)
class PromptAdmin(admin.ModelAdmin[Prompt]):
    """What was asked stays as it was asked: a correction is a new prompt.

    A prompt is archived on its own page, which looks at its family first.
    """

    list_display = ("title", "prompt_set", "family", "relation", "grader", "is_archived")
    list_filter = ("is_archived", "prompt_set", "relation", "grader")
    search_fields = ("title", "slug", "text")
    list_select_related = ("prompt_set", "family")
    autocomplete_fields = ("family",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return (
            "slug",
            "prompt_set",
            "text",
            "family",
            "relation",
            "reference",
            "grader",
            "parameters",
            "origin",
            "is_archived",
            "replaces",
            "created_at",
        )
