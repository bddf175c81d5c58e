from typing import Any

from django import forms

from evaluations.accounts.suspensions import LONGEST_DAYS
from evaluations.activity.models import FlagReason, Reason


class SentenceForm(forms.Form):
    """Why, in a sentence for everybody."""

    sentence = forms.CharField(
        max_length=280,
        help_text="Public: those concerned read it, and so does everybody in the log. Name nobody.",
    )


class WhyForm(SentenceForm):
    """Why, as a code for the log and in a sentence for everybody."""

    reason = forms.ChoiceField(choices=Reason.choices, initial=Reason.OTHER)
    field_order = ("reason", "sentence")


class AppealForm(forms.Form):
    """Why a decision was wrong."""

    words = forms.CharField(
        label="Why the decision was wrong", max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Once, in at most 500 characters. Moderators read it, and the log says what came "
        "of it. Somebody else than who decided looks at it, where there is somebody else.",
    )  # fmt: skip


class FlaggedForm(WhyForm):
    """What is done about a flagged thing, and why."""

    into = forms.CharField(
        label="Number of the statement that says the same", required=False, max_length=20,
        help_text="To merge it: its page then leads there. Votes are not moved.",
    )  # fmt: skip

    def __init__(self, *args: Any, can_merge: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not can_merge:
            del self.fields["into"]


class DecisionForm(WhyForm):
    """Why, and for how long."""

    days = forms.IntegerField(
        label="Days", min_value=1, max_value=LONGEST_DAYS, initial=7, required=False
    )


class FlagForm(forms.Form):
    """Why moderators should look at something."""

    reason = forms.ChoiceField(
        label="Why", choices=FlagReason.choices, widget=forms.RadioSelect, initial=None
    )
    words = forms.CharField(
        label="In your words", required=False, max_length=280,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Moderators read it, nobody else. At most 280 characters.",
    )  # fmt: skip
