from django import forms

from evaluations.runs.models import REPORT_REASONS


class MisreadForm(forms.Form):
    """That what was graded is not the answer; `grade` is the one that was looked at."""

    grade = forms.IntegerField(widget=forms.HiddenInput)
    answer = forms.CharField(
        label="What is its answer, as you read it?", required=False, max_length=300,
        help_text="As it stands in the output; empty if it gives none.",
    )  # fmt: skip


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
