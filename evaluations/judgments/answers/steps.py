"""Labels of a trace's steps: what a form says, how it is kept and how it is undone.

Labels point at rows of `runs.Step`, which belong to one segmentation version. A form names the
version that it shows, so that no label lands on another cut of the same trace.

A saved form is the judge's whole word on the steps: it takes the place of their earlier one under
the same segmentation. A form that labels steps also stands for the first error; a form that asks
only for the first error leaves labels alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from evaluations.judgments.models import FirstError, Judgment, StepLabel, StepMode, StepRole
from evaluations.runs.identity import masked_text
from evaluations.runs.models import Output, Step

NONE = "none"
CORRECTNESS = {1: "right", 0: "neither", -1: "wrong"}
NAMED = re.compile(r"(?:role|correct)-(\d+)")
CUT_ANEW = (
    "The working was cut into steps in another way after this page was opened. "
    "Look at the steps again, then save."
)


class StepsRefused(ValueError):
    """The labels do not fit the output's steps; the message says why."""


@dataclass(frozen=True, kw_only=True)
class StepAnswers:
    """What one form says of the steps, by their index (from 0) under *segmentation*.

    A step without an entry in `correctness` is not marked, which is not the same as 0.
    `first_error` is a step's index; without one, `no_error` says that there is none, and neither
    that nothing was said.
    """

    segmentation: int
    mode: str
    roles: Mapping[int, str] = field(default_factory=dict)
    correctness: Mapping[int, int] = field(default_factory=dict)
    first_error: int | None = None
    no_error: bool = False


@dataclass(frozen=True, kw_only=True)
class StepInForm:
    """A step with what a form or an earlier answer says of it. `number` counts from 1."""

    index: int
    number: int
    text: str
    role: str
    correct: str
    is_first_error: bool


def steps_of(output: Output) -> list[Step]:
    """The steps under the newest segmentation version, in order; empty where nothing was written.

    Makes one query unless the steps are prefetched.
    """
    steps = sorted(output.steps.all(), key=lambda step: (step.segmentation, step.index))
    return [step for step in steps if step.segmentation == steps[-1].segmentation]


def problem_with(answers: StepAnswers, steps: Sequence[Step]) -> str:
    """Why *answers* cannot be about *steps*, as a sentence; empty when they can."""
    if not steps:
        return "" if not answers.roles and not answers.correctness else "There are no steps."
    if answers.segmentation != steps[0].segmentation:
        return CUT_ANEW
    known = {step.index for step in steps}
    named = {*answers.roles, *answers.correctness}
    if answers.first_error is not None:
        named.add(answers.first_error)
    for index in sorted(named - known):
        return f"There is no step {index + 1}; the working has {len(steps)}."
    if any(role not in StepRole.values for role in answers.roles.values()):
        return "One of the roles is not known."
    if any(value not in CORRECTNESS for value in answers.correctness.values()):
        return "A step is right, neither or wrong."
    if answers.first_error is not None and answers.no_error:
        return "Choose the first step with an error, or no error, not both."
    if answers.mode == StepMode.FIRST_ERROR:
        if answers.first_error is None and not answers.no_error:
            return "Choose the first step with an error, or “No error”."
        return ""
    if not answers.roles and not answers.correctness:
        return "Label at least one step."
    return contradiction(answers)


def contradiction(answers: StepAnswers) -> str:
    """Where the labels deny the first error that the same form names; empty where they agree."""
    wrong = sorted(index for index, value in answers.correctness.items() if value == -1)
    if answers.no_error and wrong:
        return f"Step {wrong[0] + 1} is marked wrong, so “No error” cannot be right as well."
    first = answers.first_error
    if first is None:
        return ""
    if wrong and wrong[0] < first:
        return (
            f"Step {wrong[0] + 1} is marked wrong, so the first error cannot be step {first + 1}."
        )
    if answers.correctness.get(first) == 1:
        return f"Step {first + 1} is marked right and as the first error."
    return ""


class StepFields(forms.Form):
    """The fields of an output's steps under one mode; bound with the data of the whole form.

    Names: `role-<index>`, `correct-<index>`, `first-error` and `segmentation`. Where there are no
    steps nothing is required, so that nobody is stuck on such an output.
    """

    def __init__(self, output: Output, mode: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.output = output
        self.mode = mode
        self.steps = steps_of(output)
        self.version = self.steps[0].segmentation if self.steps else 0
        self.fields["segmentation"] = forms.IntegerField(
            required=bool(self.steps), error_messages={"required": CUT_ANEW, "invalid": CUT_ANEW}
        )
        places = [(str(step.index), f"Step {step.index + 1}") for step in self.steps]
        self.fields["first-error"] = forms.ChoiceField(
            choices=[*places, (NONE, "No error")],
            required=False,
            error_messages={"invalid_choice": "There is no such step."},
        )
        if mode != StepMode.LABELS:
            return
        for step in self.steps:
            self.fields[f"role-{step.index}"] = forms.ChoiceField(
                choices=StepRole.choices, required=False
            )
            self.fields[f"correct-{step.index}"] = forms.TypedChoiceField(
                choices=list(CORRECTNESS.items()), coerce=int, empty_value=None, required=False
            )

    @property
    def is_labels(self) -> bool:
        return self.mode == StepMode.LABELS

    def clean(self) -> dict[str, Any]:
        if self.steps and self.cleaned_data.get("segmentation") not in {None, self.version}:
            raise ValidationError(CUT_ANEW)
        for name in self.data:
            match = NAMED.fullmatch(name)
            if match and name not in self.fields and self.data[name] and self.is_labels:
                raise ValidationError(f"There is no step {int(match[1]) + 1}.")
        if not self.errors and (problem := problem_with(self.answers(), self.steps)):
            raise ValidationError(problem)
        return self.cleaned_data

    def answers(self) -> StepAnswers:
        """What the form says; call after `is_valid`. A first error that has no label is wrong."""
        given = self.cleaned_data
        chosen = given.get("first-error") or ""
        first = int(chosen) if chosen not in {"", NONE} else None
        roles, correctness = {}, {}
        if self.is_labels:
            for step in self.steps:
                if role := given.get(f"role-{step.index}"):
                    roles[step.index] = role
                value = given.get(f"correct-{step.index}")
                if value is not None:
                    correctness[step.index] = value
            if first is not None:
                correctness.setdefault(first, -1)
        return StepAnswers(
            segmentation=given.get("segmentation") or 0,
            mode=self.mode,
            roles=roles,
            correctness=correctness,
            first_error=first,
            no_error=chosen == NONE,
        )

    @property
    def problems(self) -> list[str]:
        """Sentences about what keeps the form from being saved, each once."""
        if not self.is_bound:
            return []
        return list(dict.fromkeys(str(text) for texts in self.errors.values() for text in texts))

    def said(self, name: str) -> str:
        """The value of a field as it was sent, or as it stood before; empty without the field."""
        value = self[name].value() if name in self.fields else None
        return "" if value is None else str(value)

    @cached_property
    def rows(self) -> list[StepInForm]:
        """The steps to show, names of the model masked; makes two queries where there are any."""
        trace = self.output.trace
        if self.output.names_model:
            model = self.output.run.model
            trace = masked_text(trace, name=model.name, maker=model.maker)
        first = self.said("first-error")
        return [
            StepInForm(
                index=step.index,
                number=step.index + 1,
                text=trace[step.start : step.end],
                role=self.said(f"role-{step.index}"),
                correct=self.said(f"correct-{step.index}"),
                is_first_error=first == str(step.index),
            )
            for step in self.steps
        ]

    @property
    def roles(self) -> list[tuple[str, str]]:
        """Every role with its word, in the order of the keys."""
        return [(str(value), str(label)) for value, label in StepRole.choices]

    @property
    def says_first_error(self) -> bool:
        """Whether anything is said of the first error, be it that there is none."""
        return bool(self.said("first-error"))

    @property
    def says_no_error(self) -> bool:
        return self.said("first-error") == NONE


def store_steps(judgment: Judgment, answers: StepAnswers) -> None:
    """Keep *answers* under *judgment*; this judge's earlier word on the same steps steps back.

    Expects the judge's row to be locked, inside a transaction.

    Raises:
        StepsRefused: when they do not fit the steps of the judgment's output.
    """
    output = judgment.output
    if output is None:
        raise StepsRefused("Steps are labelled on an output, not on a prompt.")
    steps = steps_of(output)
    if problem := problem_with(answers, steps):
        raise StepsRefused(problem)
    if not steps:
        return
    errors = FirstError.objects.filter(
        judge=judgment.judge, output=output, segmentation=answers.segmentation, is_current=True
    )
    errors.update(is_current=False)
    step_at = {step.index: step for step in steps}
    if answers.mode == StepMode.LABELS:
        StepLabel.objects.filter(judge=judgment.judge, step__in=steps, is_current=True).update(
            is_current=False
        )
        StepLabel.objects.bulk_create(
            StepLabel(
                judgment=judgment,
                judge=judgment.judge,
                step=step_at[index],
                role=answers.roles.get(index, ""),
                correctness=answers.correctness.get(index),
            )
            for index in sorted({*answers.roles, *answers.correctness})
        )
    if answers.first_error is not None or answers.no_error:
        FirstError.objects.create(
            judgment=judgment,
            judge=judgment.judge,
            output=output,
            segmentation=answers.segmentation,
            step=None if answers.first_error is None else step_at[answers.first_error],
        )


def undo_steps(judgments: Iterable[Judgment]) -> None:
    """Take back what *judgments* say of steps; what each had replaced is in force again.

    Where a later judgment that stands has replaced it already, only that one stays in force.
    Expects *judgments* to be withdrawn, inside a transaction.
    """
    for judgment in judgments:
        labels = StepLabel.objects.filter(judgment=judgment)
        errors = FirstError.objects.filter(judgment=judgment)
        label, error = labels.select_related("step").first(), errors.first()
        if label is None and error is None:
            continue
        segmentation = label.step.segmentation if label else error.segmentation if error else 0
        labels.update(is_current=False)
        errors.update(is_current=False)
        others = Judgment.objects.standing().filter(judge=judgment.judge, output=judgment.output)
        labelling = Q(
            pk__in=StepLabel.objects.filter(step__segmentation=segmentation).values("judgment")
        )
        telling = labelling | Q(
            pk__in=FirstError.objects.filter(segmentation=segmentation).values("judgment")
        )
        others = others.exclude(pk=judgment.pk)
        if label is not None and not others.filter(labelling, pk__gt=judgment.pk).exists():
            before = others.filter(labelling, pk__lt=judgment.pk).order_by("-pk").first()
            StepLabel.objects.filter(judgment=before, step__segmentation=segmentation).update(
                is_current=True
            )
        if not others.filter(telling, pk__gt=judgment.pk).exists():
            before = others.filter(telling, pk__lt=judgment.pk).order_by("-pk").first()
            FirstError.objects.filter(judgment=before, segmentation=segmentation).update(
                is_current=True
            )


def says_the_same_of_steps(judgments: Iterable[Judgment], answers: StepAnswers | None) -> bool:
    """Whether *judgments* stored exactly these *answers*, current or not."""
    judgments = list(judgments)
    labels = {
        (label.step.index, label.role, label.correctness)
        for label in StepLabel.objects.filter(judgment__in=judgments).select_related("step")
    }
    errors = [
        (error.segmentation, error.step.index if error.step else None)
        for error in FirstError.objects.filter(judgment__in=judgments).select_related("step")
    ]
    if answers is None:
        return not labels and not errors
    said = answers.first_error is not None or answers.no_error
    return (
        labels
        == {
            (index, answers.roles.get(index, ""), answers.correctness.get(index))
            for index in {*answers.roles, *answers.correctness}
        }
        and errors == [(answers.segmentation, answers.first_error)] * said
    )
