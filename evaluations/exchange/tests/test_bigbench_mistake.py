"""BIG-Bench Mistake: twenty traces come in whole, are judged by first error, and compared."""

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluations.exchange.bigbench_mistake import (
    AS_IMPORTED,
    PAGE,
    load_bigbench_mistake,
    reference_judge,
)
from evaluations.exchange.management.commands.import_bigbench_mistake import Command
from evaluations.exchange.reading import ImportRefused
from evaluations.judgments.answers.steps import StepAnswers, store_steps
from evaluations.judgments.models import Answer, FirstError, Judge, Judgment, StepMode
from evaluations.judgments.review.first_errors import compare_first_errors
from evaluations.judgments.tests.cast import make_judge, make_user
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.matrix.current import fill
from evaluations.prompts.models import Prompt
from evaluations.runs.models import LanguageModel, Output, Run, Step
from evaluations.runs.reading import reading

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data" / "bigbench_mistake"
FOLDERS = [DATA, *(Path(folder) for folder in [os.environ.get("BIGBENCH_DIR")] if folder)]


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the twenty, to be spoiled."""
    folder = tmp_path / "copied"
    shutil.copytree(DATA, folder)
    return folder


def spoil(folder: Path, line: int, change: Callable[[dict[str, Any]], object]) -> None:
    """Change one line of the arithmetic traces."""
    path = folder / "multistep_arithmetic.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    value = json.loads(lines[line - 1])
    change(value)
    lines[line - 1] = json.dumps(value)
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_trace_comes_in_as_it_was_and_can_be_compared(folder: Path) -> None:
    """The whole road: import, first errors under a protocol, agreement with the annotators."""
    lines = lines_of(folder)
    loaded = load_bigbench_mistake(folder=folder)
    assert (loaded.outputs, loaded.known) == (len(lines), 0)
    assert loaded.steps == sum(len(line["steps"]) for line in lines)
    assert loaded.mistakes == sum(line["mistake_index"] is not None for line in lines)
    assert len(loaded.runs) == 2

    by_question = {
        output.prompt.text: output
        for output in Output.objects.finished().for_judging().prefetch_related("steps")
    }
    version = make_protocol(steps=StepMode.FIRST_ERROR)
    copyist, doubter = make_judge(), make_judge()
    for number, line in enumerate(lines):
        output = by_question[line["input"]]
        assert [step.text for step in reading(output, whole=True).steps] == line["steps"]
        assert {step.segmentation for step in output.steps.all()} == {AS_IMPORTED}
        assert (output.prompt.reference, output.answer) == (line["target"], line["answer"] or "")
        item = make_item(version, output)
        if number < 20:
            judge_step(copyist, item, line["mistake_index"])
            judge_step(doubter, item, None if number % 2 else line["mistake_index"])

    reference = reference_judge()
    assert reference is not None
    same = compare_first_errors(
        reference=reference, outputs=[by_question[line["input"]] for line in lines[:20]]
    )
    assert same.judges == 2
    assert (same.outputs, same.comparisons) == (20, 40)
    under_protocol = compare_first_errors(reference=reference, version=version)
    assert [row.given[copyist.pk] for row in under_protocol.table] == [
        row.reference for row in under_protocol.table
    ]
    denied = sum(line["mistake_index"] is not None for line in lines[1:20:2])
    assert sum(row.exact for row in under_protocol.table) == 40 - denied
    assert under_protocol.exact is not None
    assert under_protocol.exact.estimate == pytest.approx(1 - denied / 40)


def judge_step(judge: Judge, item: Any, mistake: int | None) -> None:
    judgment = Judgment.objects.create(judge=judge, output=item.output, item=item, page="steps")
    store_steps(
        judgment,
        StepAnswers(
            segmentation=AS_IMPORTED,
            mode=StepMode.FIRST_ERROR,
            first_error=mistake,
            no_error=mistake is None,
        ),
    )


def test_a_judge_who_copies_the_mistakes_agrees_in_everything() -> None:
    load_bigbench_mistake(folder=DATA)
    version = make_protocol(steps=StepMode.FIRST_ERROR)
    reference, copyist = reference_judge(), make_judge()
    assert reference is not None
    for error in FirstError.objects.filter(judge=reference).select_related("output", "step"):
        item = make_item(version, error.output)
        judge_step(copyist, item, error.step.index if error.step else None)
    found = compare_first_errors(reference=reference, version=version)
    assert (found.outputs, found.judges, found.comparisons) == (20, 1, 20)
    for share in (found.exact, found.within_one, found.detection):
        assert share is not None
        assert (share.estimate, share.high) == (1, 1)
        assert share.low == pytest.approx(0.8389, abs=1e-4)  # Wilson, 20 of 20


def test_importing_again_adds_nothing(copied: Path) -> None:
    load_bigbench_mistake(folder=DATA)
    models = (Prompt, Run, Output, Step, Judgment, Judge, FirstError, LanguageModel)
    before = [model.objects.count() for model in models]
    again = load_bigbench_mistake(folder=DATA)
    assert (again.outputs, again.steps, again.mistakes, again.known) == (0, 0, 0, 20)
    assert [model.objects.count() for model in models] == before
    path = copied / "logical_deduction.jsonl"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(True)[:3]))
    assert load_bigbench_mistake(folder=copied).known == 13


def test_prompts_carry_answer_grader_licence_and_origin() -> None:
    load_bigbench_mistake(folder=DATA)
    graders = {p.reference: p.grader for p in Prompt.objects.all()}
    assert (graders["(A)"], graders["(F)"], graders["-2116"]) == ("choice", "exact", "numeric")
    prompt = Prompt.objects.get(reference="-2116")
    assert prompt.licence == "Apache-2.0"
    assert prompt.origin == {
        "source": "BIG-Bench Mistake",
        "paper": "arXiv:2311.08516",
        "task": "multistep_arithmetic",
    }
    right = Output.objects.filter(run__prompt_set=prompt.prompt_set, grades__score=1).count()
    lines = (DATA / "multistep_arithmetic.jsonl").read_text(encoding="utf-8").splitlines()
    values = [json.loads(line) for line in lines]
    assert right == sum(value["answer"] == value["target"] for value in values) > 0


def test_the_mistakes_are_on_no_board() -> None:
    load_bigbench_mistake(folder=DATA)
    reference = reference_judge()
    assert reference is not None
    assert (reference.kind, reference.user, reference.guest_key) == ("person", None, None)
    assert reference.judgments.filter(page=PAGE).count() == 20
    assert not Answer.objects.exists()
    matrix = fill()
    assert len(matrix.output) == 20
    assert (matrix.on_outputs, matrix.on_prompts, matrix.direct) == ({}, {}, {})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda v: v.pop("target"), "It has no “target”."),
        (lambda v: v["steps"].insert(1, " "), "“step 2” is empty."),
        (lambda v: v.update(steps=[]), "“steps” is not a list with at least one step."),
        (lambda v: v.update(steps="all in one"), "“steps” is not a list with at least one step."),
        (lambda v: v["steps"].append(7), "“step 5” is not text."),
        (lambda v: v["steps"].append("a\ud83d"), "“step 5” holds half of a surrogate pair."),
        (lambda v: v.update(input="a\x00b"), "“input” holds the character NUL."),
        (lambda v: v.update(answer=["2"]), "“answer” is not text."),
        (lambda v: v.update(mistake_index=4), "“mistake_index” is 4, but there are 4 steps."),
        (lambda v: v.update(mistake_index=-1), "“mistake_index” is -1, but there are 4 steps."),
        (
            lambda v: v.update(mistake_index=True),
            "“mistake_index” is neither a whole number nor null.",
        ),
    ],
)
def test_one_bad_line_keeps_everything_out(
    copied: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    spoil(copied, 2, change)
    with pytest.raises(ImportRefused) as refused:
        load_bigbench_mistake(folder=copied)
    assert [str(problem) for problem in refused.value.problems] == [
        f"multistep_arithmetic.jsonl, line 2: {why}"
    ]
    for model in (Prompt, Run, Output, Judge, LanguageModel):
        assert not model.objects.exists()


def test_every_bad_line_is_named(copied: Path) -> None:
    path = copied / "logical_deduction.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], b"{", b"\xff", b"[1]", b"", lines[0]]))
    with pytest.raises(ImportRefused) as refused:
        load_bigbench_mistake(folder=copied)
    assert [(problem.line, problem.text) for problem in refused.value.problems] == [
        (4, "It is not JSON."),
        (5, "It is not UTF-8."),
        (6, "It is not a JSON object."),
        (8, "The same question stands in line 1."),
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda v: v["steps"].append("So it is 7."), "with another trace"),
        (lambda v: v.update(mistake_index=0), "with another mistake_index"),
    ],
)
def test_what_was_imported_is_not_changed(
    copied: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    load_bigbench_mistake(folder=DATA)
    spoil(copied, 2, change)
    with pytest.raises(ImportRefused, match=why):
        load_bigbench_mistake(folder=copied)
    assert Output.objects.count() == 20


def test_a_folder_without_a_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"It holds none of .*logical_deduction\.jsonl"):
        load_bigbench_mistake(folder=tmp_path)


def test_only_staff_may_import() -> None:
    with pytest.raises(PermissionError):
        load_bigbench_mistake(folder=DATA, actor=make_user())
    assert load_bigbench_mistake(folder=DATA, actor=make_user("sam", is_staff=True)).outputs == 20


def test_the_command_counts_and_refuses_in_sentences(copied: Path) -> None:
    out = io.StringIO()
    call_command(Command(), DATA, stdout=out)
    assert "20 traces with" in out.getvalue()
    spoil(copied, 1, lambda value: value.pop("steps"))
    with pytest.raises(CommandError, match=r"Nothing was imported\.\nmultistep.*It has no “steps”"):
        call_command(Command(), copied)
