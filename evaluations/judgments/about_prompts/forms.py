"""The form of the questions about a prompt."""

from typing import Any

from django import forms

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.forms import PERCENT, ReturningForm
from evaluations.judgments.models import Value


class AboutPromptForm(ReturningForm):
    """The answers to the criteria about a prompt."""

    expected_agreement = forms.TypedChoiceField(
        required=False, choices=PERCENT, coerce=int, empty_value=None
    )

    def __init__(self, wordings: tuple[CriterionVersion, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wordings = wordings
        for wording in wordings:
            self.fields[f"answer-{wording.criterion.key}"] = forms.ChoiceField(
                label=wording.question,
                choices=Value.choices,
                error_messages={"required": "Choose an answer; “Cannot tell” is one."},
            )

    @property
    def criteria(self) -> list[tuple[CriterionVersion, forms.BoundField]]:
        """Each wording with its field, in the order in which they are asked."""
        return [(wording, self[f"answer-{wording.criterion.key}"]) for wording in self.wordings]

    def answers(self) -> dict[CriterionVersion, str]:
        """Criterion version to the answer given; call after `is_valid`."""
        return {w: self.cleaned_data[f"answer-{w.criterion.key}"] for w in self.wordings}
