"""What would fill the memory of who freezes or checks a large study is never held at once."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.exchange.studies.boards import counted_answers, matrix_of
from evaluations.exchange.studies.release_numbers import NAMED, Release
from evaluations.exchange.studies.study import study_of
from evaluations.exchange.studies.tests.study_world import StudyWorld
from evaluations.leaderboards.snapshots import rows
from evaluations.leaderboards.snapshots.rows import ANSWERS, answers_named, each_answer_named
from evaluations.rules import CODES


def write(folder: Path, name: str, records: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(record) + "\n" for record in records)
    (folder / f"{name}.jsonl").write_text(text)


def written(number: int, **fields: Any) -> dict[str, Any]:
    """An output as a study's file has it."""
    return {
        "output": number, "prompt": f"prompt-{number}", "model": "ape", "recipe": "plain",
        "family": None, "state": "done", "trace_visibility": "full", "grade": None,
        "tokens_out": None, "counted": True, "text": "", **fields,
    }  # fmt: skip


def test_the_check_keeps_no_text(tmp_path: Path) -> None:
    write(tmp_path, "outputs", [written(number, text="x" * 100_000) for number in range(100)])
    tracemalloc.start()
    try:
        release = Release(tmp_path)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(release.outputs) == 100
    assert held < 1_000_000


def test_of_findings_the_newest_that_concerns_all_it_names_holds(tmp_path: Path) -> None:
    said = [
        ({"model": "ape"}, "no"), ({"output": 1}, "yes"), ({"output": 2}, "yes"),
        ({"model": "ape", "recipe": "plain", "family": "twins"}, "partly"),
        ({"prompt": "prompt-2"}, "cannot-tell"), ({"model": "bee"}, "yes"),
    ]  # fmt: skip
    write(
        tmp_path, "findings",
        [
            {"criterion": "one", "meaning": 1, "answer": answer, **dict.fromkeys(NAMED), **about}
            for about, answer in said
        ],
    )  # fmt: skip
    write(tmp_path, "outputs", [written(1), written(2), written(3), written(4, family="twins")])
    release = Release(tmp_path)
    found = [release.found(("one", 1), output) for output in release.outputs]
    assert found == [CODES[word] for word in ("yes", "cannot-tell", "no", "partly")]
    assert release.found(("one", 2), release.outputs[0]) is None


@pytest.mark.django_db
def test_the_answers_of_boards_are_read_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_of(StudyWorld(prompts=2).protocol, None)
    keys = counted_answers(study)
    whole = matrix_of(study)
    monkeypatch.setattr(rows, "AT_ONCE", 5)
    assert list(each_answer_named(keys)) == answers_named(keys)
    with CaptureQueriesContext(
        connection,
    ) as made:
        again = matrix_of(study)
    begun = ANSWERS.strip()[:200]
    asked = [query for query in made if query["sql"].strip().startswith(begun)]
    assert len(asked) == -(-len(keys) // 5) > 2
    for column, answers in whole.on_outputs.items():
        assert again.on_outputs[column].row.tolist() == answers.row.tolist()
        assert again.on_outputs[column].value.tolist() == answers.value.tolist()
