import uuid
from typing import Any

from django import forms

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.actions import Direct
from evaluations.judgments.models import Value
from evaluations.judgments.serving import Questions

MAX_IDLE_FREE_SECONDS = 4 * 60 * 60


def answer_name(wording: CriterionVersion) -> str:
    """Name of the field that holds the answer to a criterion."""
    return f"answer-{wording.criterion.key}"


class JudgmentForm(forms.Form):
    """The answers to a page's questions, with what makes the form recognisable when it returns.

    `form_token` makes a second sending harmless, `seen` and `content` tell whether something
    changed since the page was made.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    content = forms.CharField(max_length=16, widget=forms.HiddenInput)
    seconds = forms.FloatField(
        required=False, min_value=0, max_value=MAX_IDLE_FREE_SECONDS, widget=forms.HiddenInput
    )
    comment = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, questions: Questions, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        missing = {"required": "Choose an answer; “Cannot tell” is one."}
        for wording in questions.wordings:
            self.fields[answer_name(wording)] = forms.ChoiceField(
                label=wording.question, choices=Value.choices, error_messages=missing
            )
        if questions.definition is not None:
            self.fields["answer-direct"] = forms.ChoiceField(
                label="Does this output count as reasoning, as the statement is worded?",
                choices=Value.choices,
                error_messages=missing,
            )
            self.fields["words"] = forms.CharField(required=False, max_length=300)
            self.fields["reason"] = forms.CharField(
                required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
            )

    @staticmethod
    def opening(seen: int, content: str) -> dict[str, Any]:
        """Initial values of a form that is shown for the first time."""
        return {"form_token": uuid.uuid4(), "seen": seen, "content": content}

    @property
    def criteria(self) -> list[tuple[CriterionVersion, forms.BoundField]]:
        """Each wording with its field, in the order in which they are asked."""
        return [(wording, self[answer_name(wording)]) for wording in self.questions.wordings]

    def answers(self) -> dict[CriterionVersion, str]:
        """Criterion version to the answer given; call after `is_valid`."""
        return {w: self.cleaned_data[answer_name(w)] for w in self.questions.wordings}

    def direct(self) -> list[Direct]:
        """The direct classification, where the page asks for one; call after `is_valid`."""
        if self.questions.definition is None:
            return []
        return [
            Direct(
                version=self.questions.definition,
                value=self.cleaned_data["answer-direct"],
                words=self.cleaned_data["words"],
                reason=self.cleaned_data["reason"],
            )
        ]


class SkipForm(forms.Form):
    reason = forms.CharField(required=False, max_length=200)


class UndoForm(forms.Form):
    form_token = forms.UUIDField()
