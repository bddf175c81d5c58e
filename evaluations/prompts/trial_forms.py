"""What somebody enters to try a grader."""

from typing import Any

from django import forms

from evaluations.grading import BadParameters, GradingError, NotGraded, check_reference
from evaluations.inference.strategies import DIRECT, STEP_BY_STEP
from evaluations.prompts.drafts import MOST
from evaluations.prompts.forms import (
    long_text,
    parameters_field,
    parameters_from,
    parameters_written,
)
from evaluations.prompts.models import Grader, Prompt
from evaluations.prompts.trials import BETWEEN, LONGEST_REPLY, MOST_REPLIES, replies_in


class TrialForm(forms.Form):
    """A grader, what it is told, and replies; `replies` once it is valid."""

    grader = forms.ChoiceField(choices=Grader.choices)
    reference = long_text(
        2, label="Reference answer", max_length=MOST["reference"],
        help_text="The right answer; of a grader that takes many answers, one of them.",
    )  # fmt: skip
    parameters = parameters_field()
    strategy = forms.ChoiceField(
        label="How the model was asked",
        choices=[(STEP_BY_STEP, "step by step"), (DIRECT, "for the answer alone")],
        help_text="It decides where an answer without a mark is looked for.",
    )
    accept = long_text(
        6, label="Replies that it must accept", required=False, max_length=40_000,
        help_text=f"Whole replies as models write them, with a line of {BETWEEN} between two.",
    )  # fmt: skip
    refuse = long_text(
        6, label="Replies that it must refuse", required=False, max_length=40_000,
        help_text="Wrong, hedged or empty ones, divided in the same way.",
    )  # fmt: skip

    @classmethod
    def of(cls, prompt: Prompt) -> "TrialForm":
        return cls(initial={
            "grader": prompt.grader,
            "reference": prompt.reference,
            "parameters": parameters_written(prompt.parameters),
        })  # fmt: skip

    def clean_parameters(self) -> dict[str, Any]:
        return parameters_from(self.cleaned_data["parameters"])

    def clean(self) -> dict[str, Any]:
        sent: dict[str, Any] = super().clean() or {}
        if self.errors:
            return sent
        self.replies = [
            (reply, must)
            for name, must in (("accept", True), ("refuse", False))
            for reply in replies_in(sent[name])
        ]
        if len(self.replies) > MOST_REPLIES:
            self.add_error(None, f"{MOST_REPLIES} replies are the most at once.")
        elif not self.replies:
            self.add_error("accept", "Paste at least one reply, here or below.")
        elif any(len(reply) > LONGEST_REPLY for reply, _ in self.replies):
            self.add_error(None, f"A reply may have at most {LONGEST_REPLY:,} characters.")
        return sent

    def try_reference(self) -> None:
        """Add an error where a prompt could not be stored with this; works outside this process."""
        told = (self.cleaned_data[name] for name in ("grader", "reference", "parameters"))
        try:
            check_reference(*told)
        except BadParameters as error:
            self.add_error("parameters", f"The grader cannot work with these: {error}.")
        except NotGraded as error:
            self.add_error("grader", f"It cannot be tried: {error}.")
        except GradingError as error:
            self.add_error("reference", f"The grader cannot work with it: {error}.")
