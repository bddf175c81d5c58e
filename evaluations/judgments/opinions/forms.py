from django import forms

from evaluations.runs.forms import ModelField

MOST_AT_ONCE = 10_000


class AskForm(forms.Form):
    """Which model is to judge, and how much of a protocol at most."""

    model = ModelField()
    limit = forms.IntegerField(
        label="At most",
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=100,
        help_text="So many pairs of an output and a block of criteria are asked now, in random "
        "order. What was asked before is not asked again.",
    )
