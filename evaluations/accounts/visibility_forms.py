"""The form of who reads a prompt set, a run or a protocol."""

import re
from typing import Any

from django import forms

from evaluations.accounts.models import User
from evaluations.accounts.visibility import WHO_READS, Audience, Guarded

ON_A_DAY = "From this day on (UTC) it is public. Empty: until you say otherwise."


def audience_field() -> forms.ChoiceField:
    """Who reads it, as words that say what that means."""
    return forms.ChoiceField(
        label="Who reads it",
        choices=list(WHO_READS.items()),
        initial=Audience.PUBLIC,
        widget=forms.RadioSelect,
    )


def publish_field() -> forms.DateField:
    """The day on which it becomes public by itself."""
    return forms.DateField(
        label="Publish on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        help_text=ON_A_DAY,
        error_messages={"invalid": "Write the day as year-month-day: 2027-05-31."},
    )


class VisibilityForm(forms.Form):
    """Who reads something, from when on everybody, and who is invited until then."""

    visibility = audience_field()
    publish_on = publish_field()
    invite = forms.CharField(
        label="Invite by user name",
        required=False,
        help_text="Several with commas between them. They read it while it is private.",
    )
    dismiss = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="Take invitations back",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, thing: Guarded, data: Any = None) -> None:
        opening = {"visibility": thing.visibility, "publish_on": thing.publish_on}
        super().__init__(data, initial=opening)
        invited = thing.invited()
        self.fields["dismiss"].queryset = invited  # type: ignore[attr-defined]
        if not invited.exists():
            del self.fields["dismiss"]

    def names(self) -> list[str]:
        """The user names to invite."""
        return [name for name in re.split(r"[,\s]+", self.cleaned_data["invite"]) if name]
