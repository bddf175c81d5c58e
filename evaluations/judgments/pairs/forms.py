from django import forms

from evaluations.judgments.loop.forms import ReturningForm
from evaluations.judgments.models import Preference


class PairForm(ReturningForm):
    """A comparison: the pressed button is the answer; the sides come back as they were shown."""

    left = forms.IntegerField(widget=forms.HiddenInput)
    right = forms.IntegerField(widget=forms.HiddenInput)
    definition = forms.IntegerField(required=False, widget=forms.HiddenInput)
    value = forms.ChoiceField(choices=Preference.choices)
