from django import forms

from evaluations.runs.models import REPORT_REASONS


class ReportForm(forms.Form):
    """A reader's complaint about an output."""

    reason = forms.ChoiceField(
        label="What is wrong?",
        choices=REPORT_REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is wrong."},
    )
    text = forms.CharField(
        label="Details", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
