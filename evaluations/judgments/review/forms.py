from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Reason, SetAside, Value
from evaluations.judgments.review.adjudication import LONGEST_NOTE
from evaluations.judgments.review.agreement import MeasuredQuestion
from evaluations.judgments.review.side_by_side import QuestionRow

USUAL_WIDTH = 0.2


class PowerForm(forms.Form):
    """For which question, and how narrow alpha's interval is to be."""

    question = forms.ChoiceField(label="Question")
    width = forms.FloatField(
        label="Width of the interval",
        min_value=0.01,
        max_value=2,
        help_text="From its lower to its upper end, in units of alpha.",
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )
    guests = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, questions: Sequence[MeasuredQuestion], **kwargs: Any) -> None:
        super().__init__(auto_id="power_%s", **kwargs)
        self.fields["question"].choices = [  # type: ignore[attr-defined]
            (question.key, question.title) for question in questions
        ]


class AsideForm(forms.ModelForm[SetAside]):
    """Why a judge is set aside, or is so no longer."""

    class Meta:
        model = SetAside
        fields = ("reason",)


@dataclass(frozen=True)
class Decision:
    """What an adjudicator says about one question."""

    wording: CriterionVersion
    value: str
    reason: str
    note: str


class AdjudicationForm(forms.Form):
    """A decision with its reason for each disputed question; some may stay open."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, rows: Sequence[QuestionRow], *args: Any, **kwargs: Any) -> None:
        self.rows = [row for row in rows if row.wording is not None]
        super().__init__(*args, **kwargs)
        for row in self.rows:
            key, made = key_of(row), row.decision
            self.fields[f"answer-{key}"] = forms.ChoiceField(
                label=row.title,
                required=False,
                choices=[("", ""), *Value.choices],
                initial=made.value if made else "",
            )
            self.fields[f"reason-{key}"] = forms.ChoiceField(
                label="Why they part",
                required=False,
                choices=[("", "choose a reason"), *Reason.choices],
                initial=made.reason if made else "",
            )
            self.fields[f"note-{key}"] = forms.CharField(
                label="Note",
                required=False,
                max_length=LONGEST_NOTE,
                initial=made.note if made else "",
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def parts(self) -> list[tuple[QuestionRow, Any, Any, Any]]:
        """Each row with its three fields."""
        return [
            (row, self[f"answer-{key}"], self[f"reason-{key}"], self[f"note-{key}"])
            for row in self.rows
            if (key := key_of(row))
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        for row in self.rows:
            answer, reason, note = (
                cleaned.get(f"{name}-{key_of(row)}") for name in ("answer", "reason", "note")
            )
            if answer and not reason:
                self.add_error(f"reason-{key_of(row)}", "Say why the judges part.")
            elif not answer and (reason or note):
                self.add_error(f"answer-{key_of(row)}", "Decide, or leave reason and note empty.")
        if not self.errors and not self.decisions():
            raise forms.ValidationError("Decide at least one question before saving.")
        return cleaned

    def decisions(self) -> list[Decision]:
        """What was decided; call after the fields are clean."""
        return [
            Decision(
                row.wording,
                value,
                self.cleaned_data[f"reason-{key_of(row)}"],
                self.cleaned_data[f"note-{key_of(row)}"],
            )
            for row in self.rows
            if row.wording and (value := self.cleaned_data[f"answer-{key_of(row)}"])
        ]


def key_of(row: QuestionRow) -> str:
    return row.wording.criterion.key if row.wording else ""
