"""What every judging form has: how it is known when it returns, and how it is taken back."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Value

MAX_IDLE_FREE_SECONDS = 4 * 60 * 60
PERCENT = [("", "not said"), *((str(n), f"{n} %") for n in range(0, 101, 10))]
SAID = ("form_token", "seen", "comment", "confidence", "expected_agreement", "seconds")
TYPED = ("comment", "words", "reason", "marks", "confidence", "expected_agreement", "value",
         "answer-", "role-", "correct-", "first-error")  # fmt: skip


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
    confidence: forms.Field | None = forms.TypedChoiceField(
        required=False, choices=PERCENT, coerce=int, empty_value=None
    )

    def said(self) -> dict[str, Any]:
        """What forms of every kind say, by the names that actions have for it."""
        return {name: self.cleaned_data[name] for name in SAID if name in self.cleaned_data}


class CriteriaForm(ReturningForm):
    """A returning form with an answer to each of some criteria."""

    expected_agreement: forms.Field | None = forms.TypedChoiceField(
        required=False, choices=PERCENT, coerce=int, empty_value=None
    )

    def __init__(self, wordings: Iterable[CriterionVersion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {f"answer-{wording.criterion.key}": wording for wording in wordings}
        for name, wording in self.asked.items():
            self.ask(name, wording.question)

    def ask(self, name: str, question: str) -> None:
        """Add a question with the four answers."""
        missing = {"required": "Choose an answer; “Cannot tell” is one."}
        self.fields[name] = forms.ChoiceField(
            label=question, choices=Value.choices, error_messages=missing
        )

    @property
    def criteria(self) -> list[tuple[CriterionVersion, forms.BoundField]]:
        """Each wording with its field, in the order in which they are asked."""
        return [(wording, self[name]) for name, wording in self.asked.items()]

    def answers(self) -> dict[CriterionVersion, str]:
        """Criterion version to the answer given; call after `is_valid`."""
        return {wording: self.cleaned_data[name] for name, wording in self.asked.items()}


class TokenForm(forms.Form):
    """Names a saved form, to take it back."""

    form_token = forms.UUIDField()


def typed(sent: QueryDict) -> str:
    """What somebody wrote and chose in a form that is not shown again, to be copied."""
    kept = {it.removeprefix("answer-"): sent[it] for it in sent if it.startswith(TYPED)}
    return "\n".join(f"{name}: {text}" for name, text in kept.items() if str(text).strip(" []"))
