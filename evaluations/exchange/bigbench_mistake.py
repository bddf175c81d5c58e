"""Importing BIG-Bench Mistake: chains of thought whose first mistake people have marked.

Tyen, Mansoor, Cărbune, Chen and Mak, 2023, arXiv:2311.08516; repository
WHGTyen/BIG-Bench-Mistake, Apache-2.0. One file a task, one trace a line: `input`, `steps`,
`answer`, `target`, and `mistake_index`, counted from 0, null for a trace without a mistake.

Each task becomes a prompt set with a run of the model that wrote the traces, which cannot be run
here. Steps are kept as they came, under the segmentation version `AS_IMPORTED`, so that a mistake
is at the same index here and there. What the data set's annotators marked is kept as the first
errors of one judge, a person without an account: it is never shown before judging, can be
compared like anybody's, and counts on no board, since it answers no criterion.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.exchange.reading import ImportRefused, Problem, json_lines
from evaluations.grading import UnusableReference, check_reference
from evaluations.judgments.answers.step_labels import IMPORTED
from evaluations.judgments.models import FirstError, Judge, JudgeKind, Judgment
from evaluations.prompts.drafts import unstorable
from evaluations.prompts.models import Grader, Prompt, PromptSet
from evaluations.runs.identity import names_model
from evaluations.runs.models import (
    Environment,
    Grade,
    LanguageModel,
    Output,
    OutputState,
    Recipe,
    Run,
    Step,
    Strategy,
    Visibility,
)
from evaluations.runs.results import graded_output

SOURCE = "BIG-Bench Mistake"
PAPER = "arXiv:2311.08516"
LICENCE = "Apache-2.0"
SLUG = "bigbench-mistake"
PAGE = f"{IMPORTED}{SLUG}"
AS_IMPORTED = 0
"""Segmentation version of steps that came with the data; versions from 1 are cut here."""
POSITION = 9000
KEYS = ("input", "steps", "answer", "target", "mistake_index")
TASKS: dict[str, tuple[str, Grader]] = {
    "dyck_languages": ("Dyck languages", Grader.EXACT),
    "logical_deduction": ("Logical deduction", Grader.CHOICE),
    "multistep_arithmetic": ("Multistep arithmetic", Grader.NUMERIC),
    "tracking_shuffled_objects": ("Tracking shuffled objects", Grader.CHOICE),
    "word_sorting": ("Word sorting", Grader.EXACT),
}
"""Title and grader by file name; letters past E are compared exactly (`grader_for`)."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One line of a file, checked."""

    line: int
    question: str
    steps: tuple[str, ...]
    answer: str
    target: str
    mistake: int | None

    @property
    def digest(self) -> str:
        """Names the question, so that loading it again finds it."""
        return hashlib.sha256(self.question.encode()).hexdigest()[:10]

    @property
    def text(self) -> str:
        return "\n".join(self.steps)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each step stands in the text, in code points; a step may occur twice."""
        spans, start = [], 0
        for step in self.steps:
            spans.append((start, start + len(step)))
            start += len(step) + 1
        return spans


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What an import added, and how many traces were there already."""

    outputs: int
    steps: int
    mistakes: int
    known: int
    runs: tuple[Run, ...]


@transaction.atomic
def load_bigbench_mistake(*, folder: Path, actor: User | None = None) -> Loaded:
    """Import every task that *folder* holds, or nothing. Importing again adds nothing.

    Raises:
        PermissionError: when *actor* is not staff.
        ImportRefused: with every problem by file and line.
    """
    if actor is not None and not actor.is_staff:
        raise PermissionError("Only staff may import data sets.")
    files = [folder / f"{task}.jsonl" for task in TASKS if (folder / f"{task}.jsonl").is_file()]
    if not files:
        names = ", ".join(f"{task}.jsonl" for task in TASKS)
        raise ImportRefused([Problem(folder.name, 0, f"It holds none of {names}.")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [PAGE])
    read = {path.stem: traces_in(path) for path in files}
    problems = [found for _, found_in in read.values() for found in found_in]
    if problems:
        raise ImportRefused(problems)
    added = [load_task(task, traces) for task, (traces, _) in read.items()]
    return Loaded(
        outputs=sum(one.outputs for one in added),
        steps=sum(one.steps for one in added),
        mistakes=sum(one.mistakes for one in added),
        known=sum(one.known for one in added),
        runs=tuple(run for one in added for run in one.runs),
    )


def traces_in(path: Path) -> tuple[list[Trace], list[Problem]]:
    """The traces of a file, and what is wrong with its other lines."""
    traces: list[Trace] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for number, value in json_lines(path):
        if isinstance(value, Problem):
            problems.append(value)
            continue
        text = problem_of(value)
        if not text and value["input"] in first:
            text = f"The same question stands in line {first[value['input']]}."
        if text:
            problems.append(Problem(path.name, number, text))
            continue
        first[value["input"]] = number
        traces.append(
            Trace(
                line=number,
                question=value["input"],
                steps=tuple(value["steps"]),
                answer=value["answer"] or "",
                target=value["target"],
                mistake=value["mistake_index"],
            )
        )
    if not traces and not problems:
        problems.append(Problem(path.name, 0, "It is empty."))
    return traces, problems


def problem_of(value: dict[str, Any]) -> str:
    """Why an object is no trace, as a sentence; empty when it is one."""
    if missing := [key for key in KEYS if key not in value]:
        return f"It has no “{missing[0]}”."
    texts = {"input": value["input"], "target": value["target"]}
    if value["answer"] is not None:
        texts["answer"] = value["answer"]
    if not isinstance(value["steps"], list) or not value["steps"]:
        return "“steps” is not a list with at least one step."
    texts |= {f"step {number}": step for number, step in enumerate(value["steps"], start=1)}
    for name, text in texts.items():
        if not isinstance(text, str):
            return f"“{name}” is not text."
        if not text.strip() and name != "answer":
            return f"“{name}” is empty."
        if why := unstorable(text):
            return f"“{name}” {why}."
    mistake = value["mistake_index"]
    if mistake is None:
        return ""
    if not isinstance(mistake, int) or isinstance(mistake, bool):
        return "“mistake_index” is neither a whole number nor null."
    if not 0 <= mistake < len(value["steps"]):
        return f"“mistake_index” is {mistake}, but there are {len(value['steps'])} steps."
    return ""


def load_task(task: str, traces: list[Trace]) -> Loaded:
    """Add the traces of one task that are not there yet.

    Raises:
        ImportRefused: when a question is there already with another trace or another mistake.
    """
    title = TASKS[task][0]
    run = run_of(task)
    reference = reference_judge() or Judge.objects.create(kind=JudgeKind.PERSON)
    there = {output.prompt.text: output for output in run.outputs.select_related("prompt")}
    marked = {
        error.output_id: error.step.index if error.step else None
        for error in FirstError.objects.filter(
            judge=reference, is_current=True, output__run=run
        ).select_related("step")
    }
    problems = []
    for trace in traces:
        before = there.get(trace.question)
        if before is None:
            continue
        if before.trace != trace.text:
            text = "The question was imported before with another trace."
            problems.append(Problem(f"{task}.jsonl", trace.line, text))
        elif marked.get(before.pk) != trace.mistake:
            text = "The trace was imported before with another mistake_index."
            problems.append(Problem(f"{task}.jsonl", trace.line, text))
    if problems:
        raise ImportRefused(problems)
    new = [trace for trace in traces if trace.question not in there]
    environment = environment_of(task)
    outputs = Output.objects.bulk_create(
        [
            output_of(run, prompt_of(task, title, run.prompt_set, trace), trace, environment)
            for trace in new
        ],
        batch_size=500,
    )
    Grade.objects.bulk_create(
        [Grade(output=output, **graded_output(output)._asdict()) for output in outputs],
        batch_size=500,
    )
    steps = Step.objects.bulk_create(
        [
            Step(output=output, segmentation=AS_IMPORTED, index=index, start=start, end=end)
            for output, trace in zip(outputs, new, strict=True)
            for index, (start, end) in enumerate(trace.spans)
        ],
        batch_size=2000,
    )
    mark_mistakes(reference, zip(outputs, new, strict=True), steps)
    return Loaded(
        outputs=len(outputs),
        steps=len(steps),
        mistakes=sum(trace.mistake is not None for trace in new),
        known=len(traces) - len(new),
        runs=(run,),
    )


def mark_mistakes(
    reference: Judge, traces: Iterable[tuple[Output, Trace]], steps: Iterable[Step]
) -> None:
    """Store where the annotators saw the first mistake, as the reference judge's first errors.

    Rows are written at once instead of one by one: no form was sent here, no item was served.
    """
    traces = list(traces)
    step_at = {(step.output_id, step.index): step for step in steps}
    judgments = Judgment.objects.bulk_create(
        [
            Judgment(judge=reference, output=output, form_token=uuid.uuid4(), page=PAGE)
            for output, _ in traces
        ],
        batch_size=500,
    )
    FirstError.objects.bulk_create(
        [
            FirstError(
                judgment=judgment,
                judge=reference,
                output=output,
                segmentation=AS_IMPORTED,
                step=None if trace.mistake is None else step_at[output.pk, trace.mistake],
            )
            for judgment, (output, trace) in zip(judgments, traces, strict=True)
        ],
        batch_size=500,
    )


def reference_judge() -> Judge | None:
    """The judge who stands for the data set's annotators; None before anything was imported."""
    return Judge.objects.filter(judgments__page=PAGE).order_by("pk").first()


def run_of(task: str) -> Run:
    """The run that holds a task's traces, made with its model, recipe and prompt set."""
    model, _ = LanguageModel.objects.get_or_create(
        slug="palm-2-l-unicorn",
        defaults={
            "name": "PaLM 2-L (Unicorn)",
            "maker": "Google",
            # Without a backend nothing can load it: its outputs came with the data.
            "backend": "",
            "path": f"import:{SLUG}",
            "position": POSITION,
        },
    )
    recipe, _ = Recipe.objects.get_or_create(
        slug=f"imported-{SLUG}",
        defaults={
            "name": f"Chain of thought, as in {SOURCE}",
            "strategy": Strategy.STEPS,
            "temperature": 0.0,
            "top_p": 1.0,
            "position": POSITION,
        },
    )
    title, _ = TASKS[task]
    prompt_set, _ = PromptSet.objects.get_or_create(
        slug=f"{SLUG}-{task}".replace("_", "-"),
        defaults={
            "title": f"{title} ({SOURCE})",
            "description": f"Questions of BIG-Bench, with traces and marked mistakes from {SOURCE} "
            f"({PAPER}, {LICENCE}).",
            "domain": title.lower(),
            "position": POSITION,
        },
    )
    run = Run.objects.filter(model=model, recipe=recipe, prompt_set=prompt_set).first()
    return run or Run.objects.create(model=model, recipe=recipe, prompt_set=prompt_set)


def environment_of(task: str) -> Environment:
    """Where a task's traces come from, in place of the machine that wrote them."""
    data = {"imported_from": SOURCE, "paper": PAPER, "licence": LICENCE, "task": task}
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    environment, _ = Environment.objects.get_or_create(digest=digest, defaults={"data": data})
    return environment


def prompt_of(task: str, title: str, prompt_set: PromptSet, trace: Trace) -> Prompt:
    """The prompt that asks a trace's question."""
    prompt, _ = Prompt.objects.get_or_create(
        slug=f"{prompt_set.slug}-{trace.digest}",
        defaults={
            "prompt_set": prompt_set,
            "title": f"{title} {trace.digest[:6]}",
            "text": trace.question,
            "reference": trace.target,
            "grader": grader_for(task, trace.target),
            "origin": {"source": SOURCE, "paper": PAPER, "task": task},
            "licence": LICENCE,
            "position": trace.line,
        },
    )
    return prompt


def grader_for(task: str, target: str) -> str:
    """The task's grader, or exact text where that one cannot read the right answer."""
    grader = TASKS[task][1]
    try:
        check_reference(grader, target)
    except UnusableReference:
        return Grader.EXACT
    return grader


def output_of(run: Run, prompt: Prompt, trace: Trace, environment: Environment) -> Output:
    """A finished output, not saved yet."""
    return Output(
        run=run,
        prompt=prompt,
        seed=0,
        state=OutputState.DONE,
        text=trace.text,
        trace=trace.text,
        answer=trace.answer,
        trace_visibility=Visibility.FULL,
        environment=environment,
        names_model=names_model(trace.text, name=run.model.name, maker=run.model.maker),
        finished_at=timezone.now(),
    )
