from django import forms

from evaluations.accounts.suspensions import LONGEST_DAYS
from evaluations.activity.models import FlagReason, Reason


class WhyForm(forms.Form):
    """Why, as a code for the log and in a sentence for everybody."""

    reason = forms.ChoiceField(choices=Reason.choices)
    sentence = forms.CharField(
        max_length=280,
        help_text="Public: those concerned read it, and so does everybody in the log. Name nobody.",
    )


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
