import uuid
from typing import Any

from django import forms

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Preference, Value

MAX_IDLE_FREE_SECONDS = 4 * 60 * 60
PERCENT = [("", "not said"), *((str(n), f"{n} %") for n in range(0, 101, 10))]


class ReturningForm(forms.Form):
    """What makes a form recognisable when it returns: `form_token` makes a second sending
    harmless, `seen` and `content` tell whether something changed since the page was made."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    content = forms.CharField(max_length=16, widget=forms.HiddenInput)
    seconds = forms.FloatField(
        required=False, min_value=0, max_value=MAX_IDLE_FREE_SECONDS, widget=forms.HiddenInput
    )
    lease = forms.UUIDField(required=False, widget=forms.HiddenInput)
    comment = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    # A list, since Enter in a text box would press the first button of the form.
    confidence = forms.TypedChoiceField(
        required=False, choices=PERCENT, coerce=int, empty_value=None
    )

    @staticmethod
    def opening(seen: int, content: str) -> dict[str, Any]:
        """Initial values of a form that is shown for the first time."""
        return {"form_token": uuid.uuid4(), "seen": seen, "content": content}


class PairForm(ReturningForm):
    """A comparison: the pressed button is the answer; the sides come back as they were shown."""

    left = forms.IntegerField(widget=forms.HiddenInput)
    right = forms.IntegerField(widget=forms.HiddenInput)
    definition = forms.IntegerField(required=False, widget=forms.HiddenInput)
    value = forms.ChoiceField(choices=Preference.choices)


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


class TokenForm(forms.Form):
    form_token = forms.UUIDField()
