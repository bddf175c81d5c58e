from typing import Any

from django import forms

from evaluations.common.texts.unseen import refuse_hidden
from evaluations.definitions.models import AnsweredBy, CriterionVersion, Level
from evaluations.judgments.protocols.actions import MOST_CRITERIA

ORDINALS = (
    "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
    "Eleventh", "Twelfth",
)  # fmt: skip


def in_order(form: forms.Form, stem: str, what: str) -> list[str]:
    """The chosen values of the fields `stem-1`, `stem-2`, …; one chosen twice is an error there."""
    chosen: list[str] = []
    for name in (name for name in form.fields if name.startswith(f"{stem}-")):
        value = form.cleaned_data.get(name)
        if value and value in chosen:
            form.add_error(name, f"This {what} is chosen above already.")
        elif value:
            chosen.append(value)
    return chosen


class BlockForm(forms.Form):
    """A block: a title, and criteria that judges answer, in order."""

    title = forms.CharField(max_length=80, validators=[refuse_hidden])
    description = forms.CharField(
        required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = CriterionVersion.objects.offered().filter(criterion__answered_by=AnsweredBy.JUDGE)
        self.criteria = {wording.criterion.key: wording.criterion for wording in asked}
        groups = [
            (name, [(w.criterion.key, w.title) for w in asked if w.criterion.level == level])
            for name, level in (
                ("about the output", Level.OUTPUT),
                ("about the prompt", Level.PROMPT),
            )
        ]
        choices = [("", "none"), *((name, rows) for name, rows in groups if rows)]
        for number in range(1, MOST_CRITERIA + 1):
            self.fields[f"criterion-{number}"] = forms.ChoiceField(
                label=f"{ORDINALS[number - 1]} criterion", choices=choices, required=False
            )

    def clean(self) -> dict[str, Any]:
        keys = in_order(self, "criterion", "criterion")
        if not keys and not self.errors:
            self.add_error("criterion-1", "Choose at least one criterion.")
        self.cleaned_data["criteria"] = [self.criteria[key] for key in keys]
        return self.cleaned_data
