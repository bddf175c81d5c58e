"""What people write about a collection."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms

from evaluations.common.texts.unseen import refuse_hidden
from evaluations.curation.actions import FEATURED_WHEN, MOST_TITLE, MOST_WHY, MOST_WORDS
from evaluations.curation.bar import TAKES
from evaluations.curation.placement_actions import MOST_NOTE
from evaluations.curation.targets import CHOICES, MOST_TEXT, TargetRefused, target_from


class OnceForm(forms.Form):
    """A form that makes a collection; `form_token` tells its second sending from another one."""

    form_token = forms.UUIDField(
        required=False, initial=uuid.uuid4, widget=forms.HiddenInput({"id": False})
    )


def token_sent(sent: Mapping[str, Any]) -> uuid.UUID | None:
    """What a form of a button alone carries; None where it is none."""
    form = OnceForm(sent)
    return form.cleaned_data["form_token"] if form.is_valid() else None


class CollectionForm(forms.Form):
    """Title and why."""

    title = forms.CharField(max_length=MOST_TITLE, validators=[refuse_hidden])
    why = forms.CharField(
        label="Why (needed to be public)",
        max_length=MOST_WHY,
        required=False,
        help_text="What these items show together, and what would speak against it. Markdown. "
        + TAKES,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class NewCollectionForm(CollectionForm, OnceForm):
    """Title and why of one that is to be made."""


class TargetForm(forms.Form):
    """Something to place or to suggest, with its reason; `target` once it is valid."""

    kind = forms.ChoiceField(label="What", choices=CHOICES, initial="output")
    said = forms.CharField(
        label="Which",
        max_length=MOST_TEXT,
        help_text="A number such as 12, two numbers such as 12 15, an address from this site, or "
        "the text itself.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    note = forms.CharField(
        label="Why it belongs in the collection",
        max_length=MOST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.target = target_from(cleaned["kind"], cleaned["said"])
            except TargetRefused as refusal:
                self.add_error("said", str(refusal))
        return cleaned


class FeatureForm(forms.Form):
    """The lines that a moderator ticks, and a public sentence."""

    ticked = forms.MultipleChoiceField(
        label="Each of these holds",
        choices=list(FEATURED_WHEN.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick the lines that hold; all five must."},
    )
    sentence = forms.CharField(
        label="Why it is chosen",
        max_length=MOST_WORDS,
        help_text="Public, under your name.",
    )
