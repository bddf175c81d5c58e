"""Files of other tools through the command into the database, beside what must come of each."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluations.exchange.models import ImportJob
from evaluations.exchange.readers.tests.files import EXCHANGE, with_files
from evaluations.exchange.readers.tests.test_expected import LEFT_TO_US
from evaluations.judgments.models import Comparison, Judge, StepLabel
from evaluations.runs.models import Output

pytestmark = [pytest.mark.django_db, with_files]

KEYS = ["format", "outputs", "prompts", "models", "doubles", "refused", "visibility"]
PATH = EXCHANGE / "expected.json"
FILES: dict[str, dict[str, Any]] = (
    json.loads(PATH.read_text("utf-8"))["files"] if PATH.is_file() else {}
)
THINK = [name for name in FILES if name.startswith("lm-eval/think")]
SOME = [
    "inspect/bakers-monolith-zstd.eval",
    "inspect/bakers-chunked-zstd.eval",
    "inspect/bakers-mixed-shapes.eval",
    "inspect/bakers-odd-monolith.eval",
    "inspect/bakers-old-0.3.66.json",
    "inspect/bakers-long-chunked.eval",
    *THINK,
    *(name for name in FILES if name.startswith("eee/")),
    "own/good.jsonl",
    "own/good.csv",
    "own/nasty.jsonl",
    "own/tabs.tsv",
    "chat/bakers-chat.jsonl",
    "chat/bakers-batch-output.jsonl",
    "arena/bakers-battles.jsonl",
    "arena/bakers-fastchat-log.json",
]


def command(name: str, **options: Any) -> tuple[int, dict[str, Any]]:
    """The exit code and the preview of an import of a file, with what belongs to it."""
    told = FILES.get(name, {})
    beside = told.get("results") or told.get("aggregate")
    if "batch-output" in name:
        beside = name.replace("-output", "-input")
    companion = ["--companion", str(EXCHANGE / beside)] if beside else []
    said = io.StringIO()
    try:
        call_command(
            "import_outputs", str(EXCHANGE / name), *companion, json=True, stdout=said, **options
        )
    except SystemExit as ended:
        return int(ended.code or 0), json.loads(said.getvalue())
    return 0, json.loads(said.getvalue())


@pytest.mark.parametrize("name", SOME)
def test_a_file_comes_to_what_is_written_down(name: str) -> None:
    told = FILES[name]
    counts = told["counts"]
    code, preview = command(name, dry_run=True)
    assert not Output.objects.exists()
    assert not ImportJob.objects.exists()
    assert list(preview) == KEYS
    assert code == (1 if preview["refused"] else 0)
    assert preview["outputs"] == counts["outputs"]
    assert len(preview["refused"]) == counts.get("refused", 0)
    assert preview["prompts"] == counts.get("prompts", preview["prompts"])
    assert preview["models"] == counts.get("models", preview["models"])
    assert preview["doubles"] == counts.get("duplicates", preview["doubles"])
    expected = Counter(told.get("visibility", preview["visibility"]))
    for record in told["records"]:
        if record.get("id") in LEFT_TO_US and "open" in record:
            expected["full"] += 1
            expected["not-written"] -= 1
    assert Counter(preview["visibility"]) == +expected

    if preview["refused"]:
        assert command(name)[0] == 1
        assert not Output.objects.exists()
    assert command(name, skip_refused=True)[0] == 0
    stored = Output.objects.all()
    assert stored.count() == counts["outputs"]
    assert Counter(stored.values_list("trace_visibility", flat=True)) == +expected
    assert Comparison.objects.count() == counts.get("comparisons", 0)

    _, again = command(name, skip_refused=True)
    assert again["doubles"] == counts["outputs"] + preview["doubles"]
    assert stored.count() == counts["outputs"]


def test_three_packings_of_one_log_are_one_log() -> None:
    shapes = [name for name in SOME if "-zstd" in name or "mixed" in name]
    for name in shapes:
        assert command(name, skip_refused=True)[0] == 0
    assert Output.objects.count() == FILES[shapes[0]]["counts"]["outputs"]


def test_one_solution_with_two_labellers_is_one_output() -> None:
    name = "prm800k/bakers-phase.jsonl"
    code, preview = command(name, visibility="public")
    assert (code, preview["outputs"]) == (0, FILES[name]["outputs_if_same_solution_is_one"])
    assert Output.objects.count() == 6
    assert Judge.objects.filter(kind="imported").count() == FILES[name]["counts"]["labellers"]
    given = [rating for one in FILES[name]["records"] for rating in one["ratings"]]
    labels = Counter(StepLabel.objects.values_list("correctness", flat=True))
    assert labels == Counter(rating for rating in given if rating is not None)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("own/empty.jsonl", "The file is empty."),
        ("own/headers-only.csv", "There is not one reply in it."),
        ("labelstudio/bakers-export.json", "Label Studio"),
        ("own/is-not-there.jsonl", "No such file"),
    ],
)
def test_what_cannot_be_used_ends_with_two(name: str, why: str) -> None:
    with pytest.raises(CommandError, match=why) as ended:
        call_command("import_outputs", str(EXCHANGE / name))
    assert ended.value.returncode == 2


def test_an_unknown_format_ends_with_two(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="“loaf” is no format") as ended:
        call_command("import_outputs", str(EXCHANGE / "own/good.csv"), format="loaf")
    assert ended.value.returncode == 2
