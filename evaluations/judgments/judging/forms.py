import uuid
from typing import Any

from django import forms

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.actions import Direct
from evaluations.judgments.answers.forms import MAX_IDLE_FREE_SECONDS
from evaluations.judgments.answers.marks import MarkDraft, marks_from
from evaluations.judgments.answers.steps import StepAnswers, StepFields
from evaluations.judgments.items.questions import Questions
from evaluations.judgments.models import Value
from evaluations.runs.models import Output


def percent_field(label: str) -> forms.IntegerField:
    """A field for a whole number of percent that may be left empty."""
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"step": 5, "inputmode": "numeric"}),
    )


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
    page = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    arm = forms.CharField(required=False, max_length=6, widget=forms.HiddenInput)
    lease = forms.UUIDField(required=False, widget=forms.HiddenInput)
    marks = forms.CharField(required=False, widget=forms.HiddenInput)
    comment = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, questions: Questions, output: Output, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.output = output
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
        if questions.is_holistic:
            self.fields["answer-holistic"] = forms.ChoiceField(
                label="Would you call this reasoning?",
                choices=Value.choices,
                error_messages=missing,
            )
        if questions.asks_confidence:
            self.fields["confidence"] = percent_field("How sure are you?")
        if questions.asks_agreement:
            self.fields["expected_agreement"] = percent_field(
                "What share of judges will answer as you did?"
            )
        if questions.steps:
            self.steps = StepFields(output, questions.steps, *args, **kwargs)

    def clean_marks(self) -> list[MarkDraft]:
        """The marks as they will be stored."""
        known = [wording for wording, _ in self.questions.known]
        keys = {wording.criterion.key for wording in [*self.questions.wordings, *known]}
        try:
            return marks_from(self.cleaned_data["marks"], self.output, keys)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        if self.questions.steps and not self.steps.is_valid():
            self.add_error(None, self.steps.problems[0])
        return self.cleaned_data

    def step_answers(self) -> StepAnswers | None:
        """The labels of steps, where the page asks for them; call after `is_valid`."""
        return self.steps.answers() if self.questions.steps else None

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


class GiveBackForm(forms.Form):
    lease = forms.UUIDField()
