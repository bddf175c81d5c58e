from typing import Any, cast

from django import forms
from django.http import QueryDict

from evaluations.definitions.postulates import gone_against
from evaluations.judgments.answers.actions import Direct
from evaluations.judgments.answers.marks import MarkDraft, marks_from
from evaluations.judgments.answers.steps import StepAnswers, StepFields
from evaluations.judgments.items.questions import HOLISTIC_QUESTION, Questions
from evaluations.judgments.loop.forms import CriteriaForm
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


class JudgmentForm(CriteriaForm):
    """The answers to a page's questions, with the text that was marked as evidence."""

    page = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    arm = forms.CharField(required=False, max_length=6, widget=forms.HiddenInput)
    marks = forms.CharField(required=False, widget=forms.HiddenInput)
    both = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    # Here only where the page asks for them, and then to be typed.
    confidence = expected_agreement = None

    def __init__(self, questions: Questions, output: Output, *args: Any, **kwargs: Any) -> None:
        super().__init__(questions.wordings, *args, **kwargs)
        self.questions = questions
        self.output = output
        if questions.definition is not None:
            question = "Does this output count as reasoning, as the statement is worded?"
            self.ask("answer-direct", question)
            self.fields["words"] = forms.CharField(required=False, max_length=300)
            self.fields["reason"] = forms.CharField(
                required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
            )
        if questions.is_holistic or questions.offers_call:
            self.ask("answer-holistic", HOLISTIC_QUESTION)
            self.fields["answer-holistic"].required = questions.is_holistic
        if questions.asks_confidence:
            self.fields["confidence"] = percent_field("How sure are you?")
        if questions.asks_agreement:
            self.fields["expected_agreement"] = percent_field(
                "What share of judges will answer as you did?"
            )
        if questions.steps:
            self.steps = StepFields(output, questions.steps, *args, **kwargs)

    @property
    def leaves_open(self) -> bool:
        """Whether “Leave it open” was chosen at the question of which that may be."""
        said = self.data if self.is_bound else self.initial
        return self.questions.offers_call and said.get("answer-holistic") == ""

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
        elif not self.errors:
            self.ask_about_clashes()
        return self.cleaned_data

    def ask_about_clashes(self) -> None:
        """Ask once about answers that go against a postulate; sent again, they are kept."""
        given = {
            (wording.criterion.key, wording.meaning): value
            for wording, value in self.answers().items()
        }
        titles = {wording.criterion.key: wording.title for wording in self.questions.wordings}
        asked = self.cleaned_data["both"].split()
        for each in gone_against(given):
            name = f"{each.pair}.{given[each.key, each.meaning]}"
            if name in asked:
                continue
            data = cast(QueryDict, self.data).copy()
            data["both"] = f"{data.get('both', '')} {name}".strip()
            self.data = data
            first, second = (
                f"“{Value(given[question]).label}” to “{titles[question[0]]}”"
                for question in ((each.key, each.meaning), (each.needs, each.needs_meaning))
            )
            self.add_error(
                None,
                f"You answered {first} and {second}: both can stand. Keep both? Then save once "
                f"more; else change one. {each.why}",
            )

    def step_answers(self) -> StepAnswers | None:
        """The labels of steps, where the page asks for them; call after `is_valid`."""
        return self.steps.answers() if self.questions.steps else None

    def direct(self) -> list[Direct]:
        """The direct classification, where the page asks for one; call after `is_valid`."""
        version, said = self.questions.definition, self.cleaned_data
        if version is None:
            return []
        why = {"words": said["words"], "reason": said["reason"]}
        return [Direct(version=version, value=said["answer-direct"], **why)]


class SkipForm(forms.Form):
    reason = forms.CharField(required=False, max_length=200)
