from collections.abc import Sequence
from typing import Any

from django import forms

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Item, Value
from evaluations.judgments.protocols.gold_actions import Expected


class GoldForm(forms.Form):
    """Expected answers to the criteria that a version asks, about one output or prompt."""

    is_qualification = forms.BooleanField(
        label="Part of the qualification set, which judges do before all else", required=False
    )

    def __init__(
        self, wordings: Sequence[CriterionVersion], item: Item | None, data: Any = None
    ) -> None:
        self.wordings = list(wordings)
        initial: dict[str, Any] = {}
        if item is not None:
            initial["is_qualification"] = item.is_qualification
            for answer in item.gold_answers.select_related("criterion"):
                initial[f"value-{answer.criterion.key}"] = answer.value
                initial[f"feedback-{answer.criterion.key}"] = answer.feedback
        super().__init__(data, initial=initial)
        for wording in self.wordings:
            key = wording.criterion.key
            self.fields[f"value-{key}"] = forms.ChoiceField(
                label=wording.question,
                required=False,
                choices=[("", "no expected answer"), *Value.choices],
            )
            self.fields[f"feedback-{key}"] = forms.CharField(
                label=f"Why, for the judge: {wording.title}", required=False, max_length=1000
            )
        self.order_fields([name for name in self.fields if name != "is_qualification"])

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.expected():
            raise forms.ValidationError("Give the expected answer to at least one criterion.")
        return self.cleaned_data

    def expected(self) -> list[Expected]:
        """The answers that are given, with their feedback; call after the fields are clean."""
        return [
            Expected(wording, value, self.cleaned_data[f"feedback-{wording.criterion.key}"])
            for wording in self.wordings
            if (value := self.cleaned_data[f"value-{wording.criterion.key}"])
        ]
