"""A frozen study is checked without the site: every number again, and where it is not the same."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from evaluations.common.tests.kept import kept
from evaluations.exchange.studies.archive import InFolder
from evaluations.exchange.studies.freezing import write_frozen
from evaluations.exchange.studies.study import study_of
from evaluations.exchange.studies.tests.reading import command, lines
from evaluations.exchange.studies.tests.study_world import StudyWorld
from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import make_criterion, make_definition, make_output

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("check-release")]

NOTHING_ELSE = """
import importlib.abc, runpy, sys
ALLOWED = {*sys.stdlib_module_names, "numpy", "scipy", "evaluations"}
class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in ALLOWED and not name.startswith("_sysconfigdata"):
            raise ImportError(f"{name} is not there")
sys.meta_path.insert(0, Blocked())
sys.argv = ["check_release.py", sys.argv[2]] if sys.argv[1] == "-" else sys.argv[1:]
runpy.run_path(FOLDER + "/check_release.py", run_name="__main__")
"""


def check(folder: Path) -> tuple[int, str]:
    """Exit status and words of the check, which may import numpy, SciPy and its own files alone."""
    code = NOTHING_ELSE.replace("FOLDER", repr(str(folder)))
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, "-", str(folder)],
        capture_output=True, text=True, cwd="/", timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def rewritten(folder: Path, name: str, change: Any) -> None:
    """Change the lines of a file, and let the manifest know nothing of it."""
    rows = lines(folder, name)
    change(rows)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / f"{name}.jsonl").write_text(text)


def covered_up(folder: Path) -> None:
    """Let the manifest say of every file what it is now: only the numbers can tell then."""
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    for name, said in manifest["files"].items():
        said["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[StudyWorld]:
    with kept(django_db_blocker):
        yield make_world()


def make_world() -> StudyWorld:
    world = StudyWorld()
    make_output(run=world.outputs[0].run, state="failed", trace="", answer="")
    wording = make_criterion("probed", answered_by="probe", level="set")
    Finding.objects.create(
        criterion_version=wording, model=world.outputs[0].run.model, value="yes", source="probe"
    )
    make_definition("shown", {"all": ["one", "probed"]})
    world.versions.append(
        make_definition(
            "open", {"any": ["two", "one"]}, absence_policy="must-be-shown", partly_policy="met"
        )
    )
    return world


@pytest.fixture(scope="module")
def untouched(world: StudyWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untouched")
    write_frozen(study_of(world.protocol, None), InFolder(folder), site="https://example.org")
    return folder


@pytest.fixture
def frozen(untouched: Path, tmp_path: Path) -> Path:
    """A frozen study that a test may change."""
    return shutil.copytree(untouched, tmp_path / "frozen")


def test_equal_with_numpy_and_scipy_alone(frozen: Path) -> None:
    status, said = check(frozen)
    assert (status, said.count("\n")) == (0, 1), said
    assert said.startswith("Equal: every file is as it was frozen")
    boards = {(row["definition"], row["road"]) for row in lines(frozen, "boards")}
    assert boards == {
        ("strict", "computed"), ("lax", "computed"), ("single", "computed"), ("open", "computed"),
        ("shown", "computed"),
    }  # fmt: skip


def test_an_answer_that_was_changed_shows_in_the_numbers(frozen: Path) -> None:
    def turn(rows: list[dict[str, Any]]) -> None:
        for row in rows[:3]:
            row["answer"] = "no" if row["answer"] == "yes" else "yes"

    rewritten(frozen, "answers", turn)
    status, said = check(frozen)
    assert status == 1
    assert "answers.jsonl was changed" in said
    assert "is frozen as" in said
    assert "alpha" in said


def test_a_share_that_was_changed_is_named(frozen: Path) -> None:
    def raise_share(rows: list[dict[str, Any]]) -> None:
        rows[0]["share"] += 0.01

    row = lines(frozen, "boards")[0]
    rewritten(frozen, "boards", raise_share)
    status, said = check(frozen)
    called = f"{row['definition']} v1 (computed), {row['model']} + {row['recipe']}"
    assert status == 1
    assert f"{called}: share is frozen as {row['share'] + 0.01:.6g}" in said


BOARD_NUMBERS = (
    "outputs", "n", "met", "share", "low", "high", "reasoning", "partly", "not_reasoning",
    "undetermined", "bound_low", "bound_high", "coverage", "grade", "graded", "mean_tokens", "rank",
    "rank_high", "judgments", "undetermined_share", "partly_share", "right", "alpha", "alpha_items",
    "alpha_values", "raw_agreement",
)  # fmt: skip


def test_each_number_is_made_again_and_not_read(frozen: Path) -> None:
    def raise_all(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row |= {name: (row[name] or 0) + 0.01 for name in BOARD_NUMBERS}
            row["least_agreed"] = "another"

    def raise_agreement(rows: list[dict[str, Any]]) -> None:
        rows[0]["alpha"] += 0.01

    first = lines(frozen, "boards")[0]
    assert set(first) - set(BOARD_NUMBERS) == {
        "definition", "definition_version", "name", "model", "recipe", "road", "graded_by",
        "least_agreed",
    }  # fmt: skip
    rewritten(frozen, "boards", lambda rows: raise_all(rows[:1]))
    rewritten(frozen, "agreement", raise_agreement)
    covered_up(frozen)
    status, said = check(frozen)
    assert status == 1
    assert "SHA-256" not in said
    called = f"{first['definition']} v1 (computed), {first['model']} + {first['recipe']}"
    shown = said.count(f"{called}: ")
    more = int(said.rpartition("and ")[2].split()[0])
    # Its share and n stand in the matrix too, and one alpha among the questions.
    assert shown + more + said.count("matrix.csv, ") == len(BOARD_NUMBERS) + 1 + 2 + 1


def test_what_was_taken_out_is_missed(frozen: Path) -> None:
    def shorten(rows: list[dict[str, Any]]) -> None:
        del rows[0]
        del rows[0]["alpha"]

    first, second = lines(frozen, "boards")[:2]
    gone = lines(frozen, "agreement")[0]["criterion"]
    rewritten(frozen, "boards", shorten)
    rewritten(frozen, "agreement", lambda rows: rows.pop(0))
    covered_up(frozen)
    status, said = check(frozen)
    assert status == 1
    assert f"{first['model']} + {first['recipe']}: the row is missing" in said
    assert f"{second['model']} + {second['recipe']}: alpha is frozen as nothing" in said
    assert f"agreement on {gone}: the row is missing" in said


def test_the_matrix_is_compared_with_the_boards(frozen: Path) -> None:
    text = (frozen / "matrix.csv").read_text()
    share = next(row["share"] for row in lines(frozen, "boards") if row["share"])
    assert str(share) in text
    (frozen / "matrix.csv").write_text(text.replace(str(share), "0.99", 1))
    covered_up(frozen)
    status, said = check(frozen)
    assert status == 1
    assert "it says 0.99, and the board" in said


@pytest.mark.parametrize("manifest", ["{", "[]", "{}"])
def test_a_manifest_that_is_none_is_named(frozen: Path, manifest: str) -> None:
    (frozen / "MANIFEST.json").write_text(manifest)
    status, said = check(frozen)
    assert status == 1
    assert "The numbers cannot be made again" in said
    assert "Traceback" not in said


def test_a_file_that_was_changed_lost_or_added_is_named(frozen: Path) -> None:
    with (frozen / "README.md").open("a") as file:
        file.write("more\n")
    (frozen / "citation.bib").unlink()
    (frozen / "added.txt").write_text("x")
    with (frozen / "evaluations/rules/share.py").open("a") as file:
        file.write("# changed\n")
    status, said = check(frozen)
    assert status == 1
    for words in (
        "README.md was changed", "citation.bib is missing", "added.txt is not in the manifest",
        "evaluations/rules/share.py was changed",
    ):  # fmt: skip
        assert words in said


def test_a_file_that_is_no_json_any_more_is_named(frozen: Path) -> None:
    text = (frozen / "boards.jsonl").read_text()
    (frozen / "boards.jsonl").write_text(text.replace("{", "(", 1))
    status, said = check(frozen)
    assert status == 1
    assert "boards.jsonl was changed" in said
    assert "The numbers cannot be made again" in said


def test_the_code_goes_along_unchanged(frozen: Path) -> None:
    here = Path(__file__).parents[3]
    for package in ("rules", "measures"):
        names = {path.name for path in (here / package).glob("*.py")}
        assert {path.name for path in (frozen / "evaluations" / package).iterdir()} == names
        for name in names:
            taken = (frozen / "evaluations" / package / name).read_bytes()
            assert taken == (here / package / name).read_bytes()
    numbers = "exchange/studies/release_numbers.py"
    assert (frozen / "evaluations" / numbers).read_bytes() == (here / numbers).read_bytes()


def test_it_is_cited(world: StudyWorld, tmp_path: Path) -> None:
    said = command(
        "freeze_study", "--protocol", "small", "--site", "https://example.org",
        str(tmp_path / "small"),
    )  # fmt: skip
    assert "rows of boards" in said
    bib = (tmp_path / "small/citation.bib").read_text()
    assert "@misc{bywhatdefinition-protocol-small-" in bib
    assert "url = {https://example.org/protocols/small/}" in bib
    cff = (tmp_path / "small/CITATION.cff").read_text()
    assert 'title: "Protocol small: a study of By What Definition?"' in cff
    assert '  - name: "owner"' in cff
    head = (tmp_path / "small/matrix.csv").read_text().splitlines()[0]
    assert head.startswith("definition,definition_version,ape + plain,")
