"""What an import stores, and what keeps it from storing anything."""

import tracemalloc

import pytest
from django.db import connection, transaction
from django.db.utils import DataError, IntegrityError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.exchange.loading.copied import copy_steps
from evaluations.exchange.loading.marks import AS_IMPORTED
from evaluations.exchange.loading.preview import look_over
from evaluations.exchange.loading.store_actions import ImportRefused, load
from evaluations.exchange.loading.tests.cast import loaded, previewed, record, several, source
from evaluations.exchange.readers.records import Origin, Refused, Skipped, StepLabel, Vote
from evaluations.inference.segmentation import SEGMENTATION_VERSION
from evaluations.judgments.answers.step_labels import step_table
from evaluations.judgments.models import Comparison, FirstError, Judge, Judgment
from evaluations.judgments.models import StepLabel as Rated
from evaluations.judgments.tests.cast import make_user
from evaluations.leaderboards.aspects.pairwise_rows import read_comparisons
from evaluations.leaderboards.matrix.current import fill
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Grade, LanguageModel, Output, Recipe, Run, Step
from evaluations.runs.record.shown import record_of

pytestmark = pytest.mark.django_db


def test_a_reply_comes_in_with_all_that_the_log_says() -> None:
    made = loaded(
        record(
            settings={"temperature": 0.7, "top_p": 0.95, "max_tokens": 2048, "seed": 5,
                      "reasoning_effort": "medium"},
            seed=5, tokens_in=9, tokens_out=30, tokens_thought=20, seconds=1.5,
            stop_reason="stop", task="bakers", score=0.0, scorer="plain", system="Be brief.",
            maker="Bakery",
        )
    )  # fmt: skip
    assert (made.outputs, made.doubles, made.prompts) == (1, 0, 1)
    output = Output.objects.for_reading().get()
    assert (output.trace, output.answer, output.trace_visibility) == (
        "Three trays of 24 are 72.", "72", "full",
    )  # fmt: skip
    assert (output.seed, output.tokens_out, output.seconds, output.stop_reason) == (
        5, 30, 1.5, "stop",
    )  # fmt: skip
    assert (output.run.model.name, output.run.model.backend, output.run.model.maker) == (
        "brot-7b", "", "Bakery",
    )  # fmt: skip
    recipe = output.run.recipe
    assert (recipe.temperature, recipe.top_p, recipe.max_new_tokens) == (0.7, 0.95, 2048)
    assert recipe.template_arguments == {"reasoning_effort": "medium"}
    assert not Recipe.objects.written_by_people().filter(pk=recipe.pk).exists()
    assert not LanguageModel.objects.can_be_asked().exists()
    prompt = output.prompt
    assert (prompt.prompt_set.title, prompt.reference, prompt.grader) == ("bakers", "72", "numeric")
    assert (prompt.system, prompt.note) == ("Be brief.", "")
    assert (prompt.licence, prompt.prompt_set.licence) == ("CC BY 4.0", "CC BY 4.0")
    assert [step.segmentation for step in output.steps.all()] == [2]


@pytest.mark.parametrize("called", ["People", " people"])
def test_what_people_wrote_elsewhere_is_no_model_among_models(called: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        loaded(record(model=called))
    assert "written by people" in refusal.value.refused[0].why
    assert not LanguageModel.objects.exists()


def test_our_grader_grades_and_the_scorer_of_the_log_does_not() -> None:
    loaded(record(score=0.0, scorer="plain"))
    output = Output.objects.for_reading().get()
    assert output.grade is not None
    assert output.grade.score == 1
    researcher = make_user("rita", role="researcher")
    Run.objects.update(launched_by=researcher)
    output = Output.objects.for_reading().get()
    assert record_of(output, researcher)["log_says"] == "log_score 0.0, log_scorer plain"
    shown = record_of(output, make_user("vera"))
    assert (shown["log_says"], shown["usage"], shown["has_response"]) == ("", "", False)
    for address in (f"/runs/{output.run_id}.json", f"/api/v1/outputs/{output.pk}"):
        answered = Client().get(address)
        assert answered.status_code == 200
        assert "log_score" not in answered.content.decode(), address


@pytest.mark.parametrize(
    ("reference", "wished", "grader"),
    [
        ("72", "", "numeric"),
        ("C", "", "choice"),
        ("(b)", "exact", "exact"),
        ("the grey key", "", "contains"),
        ("10:40", "", "contains"),
        ("x" * 1001, "", ""),
        ("the grey key", "numeric", "contains"),
        ("", "numeric", ""),
    ],
)
def test_a_grader_is_one_that_can_read_the_reference(
    reference: str, wished: str, grader: str
) -> None:
    loaded(record(reference=reference, grader=wished))
    assert Prompt.objects.get().grader == grader
    assert Grade.objects.count() == bool(grader)


def test_a_second_import_adds_nothing_and_says_so() -> None:
    first = list(several(7))
    loaded(*first)
    kept = [Output, Prompt, PromptSet, Run, LanguageModel, Recipe, Step, Grade]
    before = [model.objects.count() for model in kept]
    found = previewed(*first)
    assert (found.outputs, found.here, found.doubles, found.new) == (7, 7, 7, 0)
    again = loaded(*first)
    assert (again.outputs, again.doubles, again.runs) == (0, 7, [])
    assert [model.objects.count() for model in kept] == before
    grown = loaded(*several(9))
    assert (grown.outputs, grown.doubles) == (2, 7)


def test_the_database_holds_a_reply_once() -> None:
    loaded(record())
    first = Output.objects.get()
    twin = Output(run=first.run, prompt=first.prompt, sample=3, seed=0, origin_key=first.origin_key)
    with pytest.raises(IntegrityError, match="output_origin_once"):
        twin.save()


def test_what_somebody_keeps_to_themselves_is_nobody_elses_double() -> None:
    """Nothing tells that it is here, and the other's import is whole."""
    rita, vera = (make_user(name, role="researcher") for name in ("rita", "vera"))
    loaded(record(), actor=rita, visibility="private")
    assert previewed(record(), actor=rita).here == 1
    assert previewed(record(), actor=vera).here == 0
    assert loaded(record(), actor=vera, visibility="private").outputs == 1
    assert loaded(record(), actor=vera, visibility="private").doubles == 1
    assert Output.objects.count() == 2


def test_one_refused_line_keeps_everything_out_until_it_is_left_out() -> None:
    reads = [record(), Refused(2, "It has no prompt."), record(3, prompt="And of 25?")]
    with pytest.raises(ImportRefused) as refusal:
        loaded(*reads)
    assert refusal.value.refused == [Refused(2, "It has no prompt.")]
    for model in (Output, Prompt, PromptSet, Run, LanguageModel, Recipe):
        assert not model.objects.exists()
    assert loaded(*reads, skips=True).outputs == 2


def test_another_reply_in_the_same_place_is_a_conflict() -> None:
    other = Origin(format="own-jsonl", sample="other")
    found = previewed(
        record(), record(2), record(3, answer="71", origin=other), Skipped(4, "Quiz.")
    )
    assert (found.outputs, found.repeated, found.skipped_count) == (1, 1, 1)
    assert found.refused == [
        Refused(3, "Line 1 has another reply of this model to this prompt as sample 0.")
    ]
    found = previewed(record(), record(2, answer="71"))
    assert found.refused[0].why == "Line 1 is the same sample with another reply."
    loaded(record())
    found = previewed(record(2, answer="71"))
    assert found.refused == [Refused(2, "It was imported before with another reply.")]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"answer": "7\x002"}, "“text” holds the character NUL."),
        ({"answer": "\ud83d"}, "“text” holds half of a surrogate pair, which is no character."),
        ({"prompt": " "}, "It has no prompt."),
        ({"prompt": "\u3164\u200b"}, "It has no prompt."),
        (
            {"task": "sums \u202e"},
            "“task” holds a character that nobody sees (U+202E): take it out.",
        ),
        ({"model": ""}, "It names no model."),
        ({"model": "m" * 121}, "“model” has 121 characters; 120 are the most."),
        ({"sample": 40_000}, "“sample” is 40000; 0 to 32,767 can be kept."),
        ({"seed": 2**64}, "“seed” is beyond what 64 bits hold."),
        ({"steps": (StepLabel(start=0, end=99),)}, "Its steps do not lie in its trace."),
        ({"first_error": 0}, "Its first error is step 0, and there are 0."),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(fields: dict[str, object], why: str) -> None:
    assert previewed(record(**fields)).refused == [Refused(1, why)]


def test_samples_settings_systems_and_tasks_become_rows_of_their_own() -> None:
    def reply(line: int, **fields: object) -> object:
        return record(line, origin=Origin(format="inspect", sample=str(line)), **fields)

    warm = {"temperature": 1.0}
    made = loaded(
        reply(1), reply(2, sample=1, answer="71"), reply(3, settings=warm),
        reply(4, model="kruste"), reply(5, system="Be brief."), reply(6, task="other"),
    )  # fmt: skip
    assert (made.outputs, made.prompts) == (6, 3)
    assert sorted(one.title for one in made.sets) == ["bakers", "other"]
    assert Run.objects.count() == 4
    assert sorted(Run.objects.values_list("samples", flat=True)) == [1, 1, 1, 2]
    assert Recipe.objects.count() == 2


def test_samples_at_temperature_nought_are_all_counted() -> None:
    """Elsewhere they differ, and nothing here drew them: none stands for another."""
    cold = {"temperature": 0}
    loaded(record(settings=cold), record(2, sample=1, answer="71", settings=cold))
    assert Output.objects.finished().distinct_samples().count() == 2


def test_steps_and_labels_come_under_judges_elsewhere() -> None:
    trace = "One.\nTwo."
    steps = (StepLabel(start=0, end=4, rating=1), StepLabel(start=5, end=9, rating=-1))
    said = {"trace": trace, "steps": steps}
    other = (StepLabel(start=0, end=4, rating=0), StepLabel(start=5, end=9))
    made = loaded(
        record(labeller="7", first_error=1, **said),
        record(2, labeller="8", trace=trace, steps=other),
        record(3, labeller="7", **said),
    )
    assert (made.outputs, made.doubles) == (1, 1)
    output = Output.objects.get()
    assert [step.segmentation for step in output.steps.all()] == [AS_IMPORTED] * 2
    judges = Judge.objects.order_by("pk")
    assert [(judge.kind, judge.name) for judge in judges] == [
        ("imported", "inspect: 7"), ("imported", "inspect: 8"),
    ]  # fmt: skip
    assert [error.step.index for error in FirstError.objects.all() if error.step] == [1]
    assert judges[1].step_labels.count() == 1
    table = step_table(output, None)
    assert table is not None
    assert (table.judges, table.imported) == (2, 2)
    assert Judgment.objects.filter(page="import:inspect").count() == 2
    assert loaded(record(labeller="7", first_error=1, **said)).doubles == 1
    changed = previewed(record(labeller="7", first_error=0, **said))
    assert changed.refused == [Refused(1, "It was imported before with another first error.")]


def test_votes_are_kept_apart_from_ours() -> None:
    left, right = (Origin(format="arena", sample=side) for side in "ab")
    told = (
        record(1, origin=left),
        record(1, origin=right, model="kruste-1b"),
        Vote(line=1, left=left, right=right, side="right"),
        Vote(line=2, left=right, right=left, side="left"),
        Vote(line=3, left=left, right=Origin(format="arena", sample="c"), side="same"),
    )
    found = previewed(*told)
    assert (found.outputs, found.votes) == (2, 2)
    assert found.refused[0].why.startswith("It votes about a reply that was refused")
    assert loaded(*told, skips=True).votes == 2
    first, second = Comparison.objects.order_by("pk")
    assert (first.value, first.judge.kind, first.definition_version) == (
        "right", "imported", None,
    )  # fmt: skip
    assert (second.value, second.judge.kind) == ("left", "imported")
    assert second.judge != first.judge, "two people voted about one pair"
    fill()
    answers, right_ones = read_comparisons(None)
    assert len(answers.subject) == len(right_ones) == 0
    assert loaded(*told, skips=True).votes == 0


def test_only_staff_and_researchers_import() -> None:
    with pytest.raises(PermissionError, match="staff and researchers"):
        loaded(record(), actor=make_user())
    assert loaded(record(), actor=make_user("rita", role="researcher")).outputs == 1


def test_what_is_private_is_private() -> None:
    rita = make_user("rita", role="researcher")
    made = loaded(record(), actor=rita, visibility="private")
    assert [(run.visibility, run.launched_by) for run in made.runs] == [("private", rita)]
    assert [(one.visibility, one.owner) for one in made.sets] == [("private", rita)]
    assert not Output.objects.finished().exists()
    assert Output.objects.written().readable_by(rita).exists()


def test_queries_do_not_grow_with_the_replies_of_a_piece() -> None:
    def queries(count: int, log: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            load(several(count, model=log), source=source(sha256=log * 32))
        return len(caught)

    queries(1, "xx")
    assert queries(20, "aa") == queries(400, "bb")


def test_queries_do_not_grow_with_the_steps_of_a_trace() -> None:
    def queries(steps: int, log: str) -> int:
        trace = "".join(f"Tray {number} is full.\n" for number in range(steps))
        labels = tuple(StepLabel(start=21 * n, end=21 * n + 15, rating=1) for n in range(2))
        more = {"steps": labels, "labeller": "7"} if log == "cc" else {}
        with CaptureQueriesContext(connection) as caught:
            load(
                (
                    record(n + 1, prompt=f"{log}, tray {n}?", model=log, trace=trace, **more)
                    for n in range(100)
                ),
                source=source(sha256=log * 32),
            )
        return len(caught)

    queries(2, "xx")
    assert queries(2, "aa") == queries(60, "bb")
    assert Step.objects.filter(output__run__model__name="bb").count() == 6_000
    last = Step.objects.filter(output__run__model__name="bb").latest("pk")
    assert (last.index, last.segmentation) == (59, SEGMENTATION_VERSION)
    assert last.output.trace[last.start : last.end] == "Tray 59 is full."
    queries(60, "cc")
    assert Rated.objects.filter(correctness=1, is_current=True, role="").count() == 200


def test_of_steps_that_cannot_be_stored_none_stays() -> None:
    key = loaded(record()).runs[0].outputs.get().pk
    for rows, error in (
        ([(key, 2, 8, 0, 5), (key, 2, 9, 5, 2**40)], DataError),
        ([(key, 2, 8, 0, 5), (key, 2, 8, 5, 9)], IntegrityError),
    ):
        with pytest.raises(error), transaction.atomic():
            copy_steps(rows)
    assert Step.objects.count() == 1


def test_memory_does_not_grow_with_the_file() -> None:
    """Of each reply some hundred bytes stay, whatever it is long."""
    tracemalloc.start()
    try:
        found = previewed_of(6_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == 6_000
    assert peak < 60_000_000, peak  # the file itself holds 120 million letters


def previewed_of(count: int) -> int:
    return look_over(several(count, trace="x" * 20_000), actor=None).outputs
