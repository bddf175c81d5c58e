"""Rules of the house that no linter knows. Each check is tried on a house that breaks it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("evaluations", "reasoning_site", "static", "templates", "tests", "docs", "bin")
BINS = {
    "utils", "util", "helpers", "helper", "services", "service", "constants", "base", "misc",
    "partials", "common_utils", "lib",
}  # fmt: skip
MAY_BE_CALLED_BASE = {"templates/base.html", "templates/allauth/layouts/base.html"}
LINES_A_FILE = 400
LINES_A_DECISION = 60
STAGES_WITH_ROOMS = ("judgments", "leaderboards")
BESIDE_THE_ROOMS = {
    "__init__", "admin", "apps", "catalogue", "conftest", "management", "migrations", "models",
    "querysets", "signals", "tasks", "templatetags", "tests",
}  # fmt: skip
MODULES_A_ROOM, MODULES_A_FOLDER = 18, 24


def files(root: Path) -> Iterator[Path]:
    """The project's own files, without what was vendored, generated or compiled."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and "vendor" not in path.parts:
                yield path
    yield from sorted(root.glob("*.py"))


def named(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def too_long(root: Path) -> list[str]:
    return [
        f"{named(root, path)}: {lines} lines"
        for path in files(root)
        if path.suffix in {".py", ".js", ".css", ".html"} and "migrations" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_A_FILE
    ]  # fmt: skip


def bins(root: Path) -> list[str]:
    """Files and folders named after nothing in particular, where anything would fit."""
    found = set()
    for path in files(root):
        name = named(root, path)
        if name in MAY_BE_CALLED_BASE:
            continue
        parts = [*Path(name).parts[:-1], Path(name).name.partition(".")[0]]
        if BINS & set(parts):
            found.add(name)
    return sorted(found)


def untested_stages(root: Path) -> list[str]:
    """Packages of the pipeline without a single test of their own; benchmarks are measured."""
    return [
        folder.name
        for folder in sorted((root / "evaluations").iterdir())
        if (folder / "__init__.py").exists()
        and folder.name != "bench"
        and not any(folder.glob("**/tests/test_*.py"))
    ]


def without_a_room(root: Path) -> list[str]:
    """Modules that lie beside the rooms of a stage, where nobody would look for them."""
    return [
        named(root, path)
        for stage in STAGES_WITH_ROOMS
        for path in sorted((root / "evaluations" / stage).glob("*.py"))
        if path.stem not in BESIDE_THE_ROOMS
    ]


def crowded(root: Path) -> list[str]:
    """Folders of the pipeline with more modules than a newcomer can hold in mind."""
    found = []
    for folder in sorted({path.parent for path in (root / "evaluations").rglob("*.py")}):
        parts = folder.relative_to(root / "evaluations").parts
        has_rooms = bool(parts) and parts[0] in STAGES_WITH_ROOMS
        if "migrations" in parts or ("tests" in parts and not has_rooms):
            continue
        modules = len([path for path in folder.glob("*.py") if path.stem != "__init__"])
        if modules > (MODULES_A_ROOM if has_rooms else MODULES_A_FOLDER):
            found.append(f"{named(root, folder)}: {modules} modules")
    return found


def unportable_requirements(root: Path) -> list[str]:
    """Lines that only some machines can install: addresses, folders, local versions."""
    unportable = re.compile(
        r"://|@\s*file|\s@\s|(?<!no-emit)-(extra-)?index-url|(?<!no-emit)-find-links"
        r"|(?<!no-emit)-trusted-host|(^|[\s=])(/|\.\./|~/)\w|^-e\b|==\S*\+"
    )
    return [
        f"{path.name}:{number}: {line}"
        for path in sorted(root.glob("requirements*.txt"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if unportable.search(line)
    ]


def bad_decisions(root: Path) -> list[str]:
    """Decisions that are longer than a page, misnamed, numbered twice or without a part."""
    complaints, numbers = [], set()
    for path in sorted((root / "evaluations" / "decisions").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if not re.fullmatch(r"\d{4}(-[a-z0-9]+)+", path.stem):
            complaints.append(f"{path.name}: the name is not NNNN-title.md")
        if path.stem[:4] in numbers:
            complaints.append(f"{path.name}: the number is taken")
        numbers.add(path.stem[:4])
        if len(text.splitlines()) > LINES_A_DECISION:
            complaints.append(f"{path.name}: longer than a page")
        complaints += [
            f"{path.name}: no part “{part}”"
            for part in ("Context", "Decision", "Consequences")
            if f"\n## {part}\n" not in text
        ]
    return complaints


def test_no_file_is_too_long_to_read() -> None:
    assert too_long(ROOT) == []


def test_there_is_no_bin_for_odds_and_ends() -> None:
    assert bins(ROOT) == []


def test_every_stage_has_tests_of_its_own() -> None:
    assert untested_stages(ROOT) == []


def test_every_module_of_a_stage_with_rooms_has_a_room() -> None:
    assert without_a_room(ROOT) == []


def test_no_folder_is_crowded() -> None:
    assert crowded(ROOT) == []


def test_torch_is_locked_without_a_local_tag() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("torch==")] == ["torch==2.13.0"]


def test_requirements_can_be_installed_anywhere() -> None:
    assert unportable_requirements(ROOT) == []


def test_decisions_are_a_page_with_three_parts() -> None:
    assert bad_decisions(ROOT) == []
    assert len(list((ROOT / "evaluations" / "decisions").glob("*.md"))) >= 5


# The checks themselves -------------------------------------------------------------------------


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_long_file_is_found_but_not_a_migration_or_vendored(tmp_path: Path) -> None:
    for name in ("evaluations/a.py", "static/css/a.css", "templates/a.html", "static/js/a.js"):
        write(tmp_path / name, "x\n" * 401)
    write(tmp_path / "evaluations/b.py", "x\n" * 400)
    write(tmp_path / "evaluations/runs/migrations/0001_initial.py", "x\n" * 900)
    write(tmp_path / "static/vendor/htmx.min.js", "x\n" * 900)
    assert len(too_long(tmp_path)) == 4


@pytest.mark.parametrize(
    "name",
    [
        "evaluations/runs/utils.py",
        "evaluations/base.py",
        "evaluations/common/constants.py",
        "templates/partials/row.html",
        "evaluations/misc/rows.py",
        "static/js/helpers.js",
        "evaluations/judgments/services.py",
        "evaluations/runs/base/engine.py",
    ],
)
def test_a_bin_is_found(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    write(tmp_path / "templates/base.html")
    write(tmp_path / "evaluations/runs/database.py")
    assert bins(tmp_path) == [name]


def test_an_untested_stage_is_found(tmp_path: Path) -> None:
    for stage in ("runs", "prompts", "bench"):
        write(tmp_path / f"evaluations/{stage}/__init__.py")
        write(tmp_path / f"evaluations/{stage}/tests/__init__.py")
    write(tmp_path / "evaluations/prompts/tests/test_sets.py")
    write(tmp_path / "evaluations/decisions/0001-x.md")
    assert untested_stages(tmp_path) == ["runs"]


def test_a_module_beside_the_rooms_is_found(tmp_path: Path) -> None:
    for name in ("judgments/apps.py", "leaderboards/boards/extra.py", "runs/queue.py"):
        write(tmp_path / "evaluations" / name)
    write(tmp_path / "evaluations/judgments/extra.py")
    write(tmp_path / "evaluations/leaderboards/extra.py")
    assert without_a_room(tmp_path) == [
        "evaluations/judgments/extra.py", "evaluations/leaderboards/extra.py",
    ]  # fmt: skip


def test_a_crowded_folder_is_found(tmp_path: Path) -> None:
    for folder, modules in (("judgments/items", 19), ("judgments/me", 18), ("runs", 24),
                            ("judgments/me/tests", 19), ("common", 25), ("runs/tests", 30),
                            ("judgments/migrations", 30)):  # fmt: skip
        write(tmp_path / "evaluations" / folder / "__init__.py")
        for number in range(modules):
            write(tmp_path / "evaluations" / folder / f"m{number}.py")
    assert [line.split(":")[0] for line in crowded(tmp_path)] == [
        "evaluations/common", "evaluations/judgments/items", "evaluations/judgments/me/tests",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.org/simple",
        "--find-links=wheels",
        "torch @ file:///wheels/torch.whl",
        "torch==2.13.0+cpu",
        "./../wheels/torch.whl --trusted-host example.org",
        "-e ../package",
        "    # via -r /home/somebody/requirements.in",
    ],
)
def test_a_line_for_some_machines_only_is_found(tmp_path: Path, line: str) -> None:
    header = "#    pip-compile --no-emit-index-url --no-emit-find-links --output-file=r.txt\n"
    write(tmp_path / "requirements.txt", f"{header}django==5.2.19\n    # via -c r.txt\n{line}\n")
    assert unportable_requirements(tmp_path) == [f"requirements.txt:4: {line}"]


def test_a_bad_decision_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "evaluations/decisions"
    good = "# T\n\n## Context\nx\n\n## Decision\nx\n\n## Consequences\nx\n"
    write(folder / "0001-good.md", good)
    write(folder / "0001-twice.md", good)
    write(folder / "Second.md", good)
    write(folder / "0003-long.md", good + "x\n" * 60)
    write(folder / "0004-short.md", "# T\n\n## Context\nx\n\n## Decision\nx\n")
    assert [complaint.split(":")[0] for complaint in bad_decisions(tmp_path)] == [
        "0001-twice.md", "0003-long.md", "0004-short.md", "Second.md",
    ]  # fmt: skip
