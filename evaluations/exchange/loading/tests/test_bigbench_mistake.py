"""BIG-Bench Mistake: twenty traces come in whole, are judged by first error, and compared."""

import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluations.exchange.loading.marks import AS_IMPORTED
from evaluations.exchange.models import ImportJob
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

PAGE = "import:bigbench-mistake"
DATA = Path(__file__).parent / "data" / "bigbench_mistake"
FOLDERS = [DATA, *(Path(folder) for folder in [os.environ.get("BIGBENCH_DIR")] if folder)]


@dataclass(frozen=True)
class Loaded:
    """What the files of a folder came to: outputs, and how many were known."""

    outputs: int
    known: int
    runs: int


def load_folder(folder: Path, **options: Any) -> Loaded:
    """Import each file of a folder, as a task of its own."""
    before = Output.objects.count(), Run.objects.count(), ImportJob.objects.count()
    for path in sorted(folder.glob("*.jsonl")):
        call_command(
            "import_outputs",
            str(path),
            format="bigbench-mistake",
            visibility="public",
            stdout=io.StringIO(),
            **options,
        )
    jobs = ImportJob.objects.order_by("pk")[before[2] :]
    return Loaded(
        outputs=Output.objects.count() - before[0],
        known=sum(job.report["doubles"] for job in jobs),
        runs=Run.objects.count() - before[1],
    )


def refused_in(path: Path) -> list[tuple[int, str]]:
    """The lines that the command refuses, with code 1 and nothing stored."""
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_outputs", str(path), format="bigbench-mistake", json=True, stdout=said)
    assert ended.value.code == 1
    return [(each["line"], each["why"]) for each in json.loads(said.getvalue())["refused"]]


def reference_judge() -> Judge | None:
    """The judge who stands for the data set's annotators."""
    return Judge.objects.filter(kind="imported").first()


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
    loaded = load_folder(folder)
    assert (loaded.outputs, loaded.known) == (len(lines), 0)
    assert Step.objects.count() == sum(len(line["steps"]) for line in lines)
    marked = FirstError.objects.filter(step__isnull=False).count()
    assert marked == sum(line["mistake_index"] is not None for line in lines)
    assert loaded.runs == len(list(folder.glob("*.jsonl")))

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
    load_folder(DATA)
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
    load_folder(DATA)
    models = (Prompt, Run, Output, Step, Judgment, Judge, FirstError, LanguageModel)
    before = [model.objects.count() for model in models]
    again = load_folder(DATA)
    assert (again.outputs, again.known) == (0, 20)
    assert [model.objects.count() for model in models] == before
    path = copied / "logical_deduction.jsonl"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(True)[:3]))
    assert load_folder(copied).known == 13


def test_prompts_carry_answer_grader_licence_and_origin() -> None:
    load_folder(DATA)
    graders = {p.reference: p.grader for p in Prompt.objects.all()}
    assert (graders["(A)"], graders["(F)"], graders["-2116"]) == ("choice", "exact", "numeric")
    prompt = Prompt.objects.get(reference="-2116")
    assert prompt.licence == "Apache-2.0"
    assert prompt.origin == {
        "source": "BIG-Bench Mistake",
        "task": "multistep_arithmetic",
        "sample": prompt.origin["sample"],
    }
    right = Output.objects.filter(run__prompt_set=prompt.prompt_set, grades__score=1).count()
    lines = (DATA / "multistep_arithmetic.jsonl").read_text(encoding="utf-8").splitlines()
    values = [json.loads(line) for line in lines]
    assert right == sum(value["answer"] == value["target"] for value in values) > 0


def test_the_mistakes_are_on_no_board() -> None:
    load_folder(DATA)
    reference = reference_judge()
    assert reference is not None
    assert (reference.kind, reference.user, reference.guest_key) == ("imported", None, None)
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
        (
            lambda v: v["steps"].append("a\ud83d"),
            "“step 5” holds half of a surrogate pair, which is no character.",
        ),
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
    assert refused_in(copied / "multistep_arithmetic.jsonl") == [(2, why)]
    for model in (Prompt, Run, Output, Judge, LanguageModel):
        assert not model.objects.exists()


def test_every_bad_line_is_named(copied: Path) -> None:
    path = copied / "logical_deduction.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], b"{", b"\xff", b"[1]", b"", lines[0]]))
    found = refused_in(path)
    begin = ["It is not JSON", "It is not UTF-8.", "It is not a JSON object.",
             "The same question stands in line 1."]  # fmt: skip
    assert [line for line, _ in found] == [4, 5, 6, 8]
    for (_, why), words in zip(found, begin, strict=True):
        assert why.startswith(words)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda v: v["steps"].append("So it is 7."),
            "It was imported before with another reply.",
        ),
        (
            lambda v: v.update(mistake_index=0),
            "It was imported before with another first error.",
        ),
    ],
)
def test_what_was_imported_is_not_changed(
    copied: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    load_folder(DATA)
    spoil(copied, 2, change)
    assert refused_in(copied / "multistep_arithmetic.jsonl") == [(2, why)]
    assert Output.objects.count() == 20


def test_only_who_may_import_owns_what_is_imported() -> None:
    make_user("max")
    with pytest.raises(CommandError, match="staff and researchers"):
        load_folder(DATA, by="max")
    make_user("sam", is_staff=True)
    assert load_folder(DATA, by="sam").outputs == 20
    assert set(Run.objects.values_list("launched_by__username", flat=True)) == {"sam"}


def test_the_command_counts_and_refuses_in_sentences(copied: Path) -> None:
    out = io.StringIO()
    path = copied / "multistep_arithmetic.jsonl"
    call_command("import_outputs", str(path), stdout=out)
    assert "BIG-Bench Mistake: 10 outputs to 10 prompts" in out.getvalue()
    assert "10 outputs were stored" in out.getvalue()
    spoil(copied, 1, lambda value: value.pop("steps"))
    with pytest.raises(CommandError, match="Nothing was stored") as ended:
        call_command("import_outputs", str(path), stdout=out)
    assert ended.value.returncode == 1
    assert "line 1: It has no “steps”." in out.getvalue()
