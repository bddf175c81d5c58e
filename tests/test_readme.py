"""What the README, the guide for operators and the hooks promise is there."""

import re
from pathlib import Path

from django.core.management import get_commands
from django.urls import resolve

from reasoning_site.options import OPTIONS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNNING = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "reasoning_site" / "settings.py").read_text(encoding="utf-8")


def configuration() -> list[tuple[str, str, str]]:
    """The rows of the configuration table: variable, default, meaning."""
    part = RUNNING.partition("\n## Options\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
    return [
        (name.strip().strip("`"), default.strip(), text.strip()) for name, default, text in rows
    ]


def test_the_table_is_that_of_the_options() -> None:
    assert configuration() == [(o.name, o.default, o.meaning) for o in OPTIONS]


def test_every_variable_that_the_settings_read_is_listed() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SETTINGS))
    assert len(read) > 15
    listed = {word for row in configuration() for cell in row for word in cell.split()}
    words = {word for entry in listed for word in re.findall(r"[A-Z_]{3,}", entry)}
    assert read - words == set()


def test_links_and_commands_of_the_readme_lead_somewhere() -> None:
    for folder, text in ((ROOT, README), (ROOT / "docs", RUNNING)):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (folder / target).exists(), target
    assert "](docs/running.md)" in README
    for command in re.findall(r"^(bin/\w+)", README, re.MULTILINE):
        assert (ROOT / command).stat().st_mode & 0o111, command


def test_addresses_that_readers_are_sent_to_are_there() -> None:
    guides = [README, *(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))]
    named = {address for text in guides for address in re.findall(r"`(/[a-z/-]*/)`", text)}
    assert len(named) > 20
    for address in sorted(named):
        resolve(address)


def test_what_the_guide_for_operators_names_is_there() -> None:
    named = set(re.findall(r"python manage\.py (\w+)", RUNNING))
    assert {"backup", "restore", "migrate"} <= named <= set(get_commands())
    words = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)(?:=\w+)?`", RUNNING))
    listed = {option.name for option in OPTIONS}
    assert len(words) > 20
    assert words <= listed


def test_files_and_functions_that_the_map_names_are_there() -> None:
    stages = ROOT / "evaluations"
    text = (stages / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+\w+\.(?:py|html|json))`(?:: ((?:`\w+`(?:, | and )?)+))?", text)
    assert len(named) > 40
    for name, functions in named:
        path = ROOT / name if name.startswith(("templates/", "reasoning_site/")) else stages / name
        assert path.is_file(), name
        for function in re.findall(r"`(\w+)`", functions):
            found = re.search(
                rf"^\s*(def|async def|class) {function}\b|^{function}\b", path.read_text(), re.M
            )
            assert found, f"{name}: {function}"


def test_the_map_draws_every_room() -> None:
    text = (ROOT / "evaluations" / "README.md").read_text(encoding="utf-8")
    for stage in ("judgments", "leaderboards"):
        part = text.partition(f"\n## The rooms of {stage}\n")[2].partition("\n## ")[0]
        drawn = set(re.findall(r"^(\w+) {2,}", part, re.MULTILINE))
        rooms = {path.parent.name for path in (ROOT / "evaluations" / stage).glob("*/__init__.py")}
        assert drawn == rooms - {"tests", "migrations", "management", "templatetags", "models"}


def test_files_that_the_guide_for_contributors_names_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:evaluations|tests|docs|bin)/[\w./]*)`", text)
    assert len(named) > 25
    for name in named:
        assert (ROOT / name).exists(), name


def test_the_glossary_and_the_changelog_are_there() -> None:
    glossary = (ROOT / "evaluations" / "README.md").read_text(encoding="utf-8")
    assert "\n## Where does this go?\n" in glossary
    assert "\n## Glossary\n" in glossary
    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "evaluations/__init__.py").read_text())
    assert version
    assert f"\n## {version[1]}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_hook_before_a_commit_is_a_gate() -> None:
    gates = re.findall(r'^    "\$1" (\w+) ', (ROOT / "bin/test").read_text(), re.MULTILINE)
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    called = re.findall(r"entry: bin/test (\w+)$", hooks, re.MULTILINE)
    assert len(called) == hooks.count("id:")
    assert set(called) < set(gates)
