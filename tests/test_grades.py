"""What is stored as a grade is what grading the reply says; grading anew adds a row."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from evaluations.grading import GRADERS, grade_reply
from evaluations.grading.versions import Versions, in_words
from evaluations.inference.answer import ANSWER_VERSION
from evaluations.inference.engine import Result
from evaluations.inference.split import split_output
from evaluations.inference.thought import Tags
from evaluations.judgments.tests.cast import make_grade, make_output, make_prompt, make_run
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.prompts.models import Prompt
from evaluations.runs import queue
from evaluations.runs.actions import is_graded_by_others
from evaluations.runs.models import Grade, Output, Recipe
from evaluations.runs.results import written
from evaluations.runs.tasks import regrade_after_upgrade

pytestmark = pytest.mark.django_db

OWN = Tags(("<|reflect|>",), ("<|/reflect|>",))
# Grader, reference, recipe's strategy, reply, and what the engine says of it.
REPLIES: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("choice", "B", "step-by-step", "1. Cheap.\nThe answer is B because it is cheap.", {}),
    ("numeric", "12", "step-by-step", "So 5 + 7.\nAnswer: 12 apples, 3 of them red.", {}),
    ("numeric", "25", "direct", "It has \\boxed{25} m^2.", {}),
    ("numeric", "2", "direct", "<think>It is 3.</think>\n2", {}),
    ("numeric", "2", "direct", "It is 3.</think>\n2", {"opened": True}),
    ("numeric", "2", "direct", "It is 3. Or 2", {"opened": True}),
    ("numeric", "2", "direct", "<|reflect|>It is 3.<|/reflect|>2", {"tags": OWN}),
    ("numeric", "4", "step-by-step", "1. First, 4", {"stop": "length"}),
    ("contains", "Nairobi", "direct", "The capital is \x00 Nairobi 🦁.", {}),
    ("exact", "yes", "step-by-step", "", {}),
    ("numeric", "12:00", "direct", "12:00", {}),
    ("", "", "direct", "Well.", {}),
]


@pytest.mark.parametrize(("grader", "reference", "strategy", "text", "said"), REPLIES)
def test_a_stored_grade_is_what_grading_the_reply_says(
    grader: str, reference: str, strategy: str, text: str, said: dict[str, Any]
) -> None:
    recipe = Recipe.objects.create(slug="asked", name="Asked", strategy=strategy)
    run, prompt = make_run(recipe=recipe), make_prompt(reference=reference or "-", grader=grader)
    output = make_output(run=run, prompt=prompt, state="pending")
    (claim,) = queue.claim(model=run.model_id, owner="me", count=1)
    tags, stop = said.get("tags"), said.get("stop", "stop")
    options = {"thinking": said.get("opened", False), "finished": stop == "stop", "own": tags}
    split = split_output(text, strategy, **options)
    environment = {"thought_opened": options["thinking"]}
    result = Result(
        id=str(output.pk), text=text, trace=split.trace, answer=split.answer,
        trace_visibility="full", tokens_in=1, tokens_out=1, stop_reason=stop, seconds=1.0,
        environment=environment | ({"thought_tags": [list(part) for part in tags]} if tags else {}),
    )  # fmt: skip
    assert queue.finish([written(claim, result)]) == 1
    stored = Output.objects.get(pk=output.pk).grade
    if not grader:
        assert stored is None
        return
    assert stored is not None
    assert (stored.grader, stored.grader_version) == (grader, GRADERS[grader].version)
    assert stored.answer_version == ANSWER_VERSION
    if reference == "12:00":
        assert (stored.score, stored.note[:10]) == (None, "not graded")
        return
    kept = text.replace("\x00", "�")
    expected = grade_reply(grader, kept, strategy, reference, **options)
    assert (stored.score, stored.note, stored.start, stored.end, stored.how) == (
        expected.score,
        expected.note,
        *expected.span,
    )
    assert stored.found == kept[expected.span.start : expected.span.end]
    assert said_by_command() == ["0 outputs were graded anew."]


def said_by_command(*options: str) -> list[str]:
    out = StringIO()
    call_command("regrade", *options, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def graded_before() -> list[Output]:
    """Three right answers and a wrong one; two were graded 0 and one not at all."""
    run = make_run()
    cases = [("twelve", "numeric", "12"), ("six", "numeric", "6"), ("be", "choice", "B")]
    prompts = [make_prompt(slug, grader=grader, reference=it) for slug, grader, it in cases]
    outputs = [
        make_output(run=run, prompt=prompts[0], text="Answer: 12 apples, 3 of them red.", grade=0),
        make_output(run=run, prompt=prompts[0], text="Answer: 13", grade=0),
        make_output(run=run, prompt=prompts[1], text="Answer: 6"),
        make_output(run=run, prompt=prompts[2], text="Answer: B", grade=0),
    ]
    return outputs


def test_regrading_adds_rows_says_what_changed_and_then_finds_nothing(
    graded_before: list[Output],
) -> None:
    before = list(Grade.objects.order_by("pk").values_list("pk", "score", "grader_version"))
    held = current_matrix()
    assert held.grade.tolist()[:2] == [0, 0]
    said = [
        "numeric   0 to 0: 1, as before",
        "numeric   0 to 1: 1",
        "numeric   no grade to 1: 1",
    ]
    dry = said_by_command("--grader", "numeric", "--dry-run")
    assert dry == [*said, "3 outputs would be graded anew."]
    assert Grade.objects.count() == 3
    assert said_by_command("--grader", "numeric") == [*said, "3 outputs were graded anew."]
    assert said_by_command("--grader", "numeric") == ["0 outputs were graded anew."]
    assert said_by_command("--prompt-set", graded_before[3].prompt.prompt_set.slug)[0] == (
        "choice    0 to 1: 1"
    )
    assert [output.grade and output.grade.score for output in Output.objects.order_by("pk")] == [
        1, 0, 1, 1,
    ]  # fmt: skip
    assert list(Grade.objects.filter(is_current=False).order_by("pk").values_list(
        "pk", "score", "grader_version")) == before  # fmt: skip
    assert current_matrix().grade.tolist() == [1, 0, 1, 1]


def test_the_worker_grades_anew_after_an_upgrade_and_then_rests(
    graded_before: list[Output], monkeypatch: pytest.MonkeyPatch
) -> None:
    regrade_after_upgrade()
    grades = Grade.objects.count()
    assert [output.grade and output.grade.score for output in Output.objects.order_by("pk")] == [
        1, 0, 1, 1,
    ]  # fmt: skip
    assert not is_graded_by_others()
    regrade_after_upgrade()
    assert Grade.objects.count() == grades
    newer = GRADERS["choice"]._replace(version=GRADERS["choice"].version + 1)
    for module in ("runs.actions", "runs.results"):
        monkeypatch.setattr(f"evaluations.{module}.GRADERS", {**GRADERS, "choice": newer})
    assert is_graded_by_others()
    regrade_after_upgrade()
    assert Grade.objects.count() == grades + 1
    assert not is_graded_by_others()


def test_a_corrected_reference_is_graded_anew(graded_before: list[Output]) -> None:
    said_by_command()
    prompt = Prompt.objects.filter(slug="twelve")
    with FreeToChange("prompts_prompt"):
        prompt.update(reference="13")
    assert said_by_command() == [
        "numeric   0 to 1: 1",
        "numeric   1 to 0: 1",
        "2 outputs were graded anew.",
    ]


class FreeToChange:
    """A table without its guard, as a migration that corrects a reference would have it."""

    def __init__(self, table: str) -> None:
        self.table = table

    def __enter__(self) -> None:
        self.say("DISABLE")

    def __exit__(self, *_: object) -> None:
        self.say("ENABLE")

    def say(self, what: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {self.table} {what} TRIGGER {self.table}_append_only")


def test_grades_are_append_only_and_one_is_current() -> None:
    grade = make_grade(make_output(), 0.5)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Grade.objects.update(score=1)
    with pytest.raises(IntegrityError, match="one_current"), transaction.atomic():
        Grade.objects.create(output=grade.output, grader="exact", score=1)
    assert Grade.objects.filter(is_current=True).count() == 1


def test_the_grade_says_what_was_graded_by_which_versions_and_what_earlier_ones_said(
    client: Client,
) -> None:
    output = make_output(text="So.\nAnswer: 🦁 12 <b>.", prompt=make_prompt(grader="numeric",
                         reference="12"), grade=0)  # fmt: skip
    make_grade(
        output, 1, grader_version=3, answer_version=2, start=12, end=16, how="marker", note="equal"
    )
    page = client.get(f"/outputs/{output.pk}/").content.decode()
    said = " ".join(re.sub(r"<[^>]+>", " ", page.split('id="grade"')[1]).split())
    now, before = said.split(" Before, until graded anew: ")
    assert "1 of 1, by numeric equivalence: equal What was graded, behind a marker: 🦁 12" in now
    assert now.endswith("numeric 3 · answers found by 2")
    assert before.startswith("0 of 1, by numeric equivalence")
    assert "numeric 1 · answers found by 1 Reference answer: 12" in before


def test_versions_in_words() -> None:
    some = [("numeric", 3, 2), ("choice", 2, 2), ("choice", 2, 2), ("exact", None, None)]
    assert in_words(Versions(*one) for one in some) == (
        "choice 2, numeric 3 · answers found by 2; "
        "exact of an unknown version · answers found by an unknown version"
    )
    assert in_words([]) == ""
