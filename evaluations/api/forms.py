from django import forms

from evaluations.api.models import Scope

DAYS = ((30, "30 days"), (90, "90 days"), (365, "a year"))


class KeyForm(forms.Form):
    """What `make_key` needs."""

    name = forms.CharField(max_length=60, help_text="Where you use it, to know it again.")
    scope = forms.ChoiceField(
        label="What it may do", choices=Scope.choices, initial=Scope.READ, widget=forms.RadioSelect
    )
    days = forms.TypedChoiceField(label="How long it works", choices=DAYS, coerce=int)
