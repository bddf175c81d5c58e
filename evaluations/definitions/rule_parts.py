"""The parts of a rule by their paths: find one, replace one, say where it stands.

A path is the way from the whole rule down: (0,) is the rule, (0, 2) its third entry. Rules here
may still be wrong, as they are while somebody writes them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

Path = tuple[int, ...]
Kind = Literal["criterion", "all", "any", "at_least", "not"]

ROOT: Final[Path] = (0,)
MOST_ROWS: Final = 100
"""Parts that the form shows; a longer rule is written as JSON."""
DEEPEST_ROW: Final = 8
"""Groups inside one another that the form shows."""

_STEP = re.compile(r"(?:all|any|of)\[([0-9]+)\]|(not)(?=\.|$)", re.ASCII)


def kind_of(part: Any) -> Kind | None:
    """The kind of a part that the form can show; None for anything else."""
    if isinstance(part, str):
        return "criterion"
    if not isinstance(part, Mapping):
        return None
    names = set(part)
    if names == {"not"}:
        return "not"
    if names == {"all"} and isinstance(part["all"], list):
        return "all"
    if names == {"any"} and isinstance(part["any"], list):
        return "any"
    if names == {"at_least", "of"} and isinstance(part["of"], list):
        # A huge integer cannot be printed: Python refuses beyond 4300 digits.
        number = part["at_least"]
        shown = type(number) is str or (type(number) is int and abs(number) < 10**9)
        return "at_least" if shown else None
    return None


def entries_of(part: Any) -> list[Any]:
    """The parts of a group, in order; a list of its own that may be changed."""
    match kind_of(part):
        case "not":
            return [part["not"]]
        case "all" | "any" as name:
            return list(part[name])
        case "at_least":
            return list(part["of"])
        case _:
            return []


def group_of(kind: str, entries: list[Any], n: int | str | None = None) -> dict[str, Any]:
    """A group of a kind with these entries; without `n`, "at least" starts with two of them."""
    if kind == "at_least":
        number = min(2, max(1, len(entries))) if n is None else n
        return {"at_least": number, "of": entries}
    if kind == "not":
        # "Not" has one part; of several it means that none of them holds.
        return {"not": entries[0] if len(entries) == 1 else {"any": entries}}
    return {"any" if kind == "any" else "all": entries}


def with_entries(part: Any, entries: list[Any]) -> Any:
    """A group of the same kind with other entries."""
    kind = kind_of(part)
    if kind == "at_least":
        return {"at_least": part["at_least"], "of": entries}
    return group_of(str(kind), entries)


def too_large(rule: Any) -> str | None:
    """Why the form cannot show this rule; None where it can. Walks no deeper than it must."""
    waiting: list[tuple[Any, int]] = [(rule, 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if count > MOST_ROWS:
            return f"The form holds at most {MOST_ROWS} parts; write a longer rule as JSON."
        kind = kind_of(part)
        if kind is None:
            return "The form cannot show this; correct it as JSON."
        if kind != "criterion":
            if depth == DEEPEST_ROW:
                return f"The form holds at most {DEEPEST_ROW} groups inside one another."
            waiting.extend((entry, depth + 1) for entry in entries_of(part))
    return None


def path_of(place: str) -> Path:
    """The path of the part that an error of `check` is about, the root for what is unknown."""
    steps = (int(found[1]) if found[1] else 0 for found in _STEP.finditer(place))
    return (*ROOT, *steps)


def place_of(rule: Any, path: Path) -> str:
    """The place that `check` would name for the part at a path."""
    steps = []
    part = rule
    for index in path[1:]:
        kind = kind_of(part)
        name = "of" if kind == "at_least" else str(kind)
        steps.append("not" if kind == "not" else f"{name}[{index}]")
        part = entries_of(part)[index]
    return ".".join(steps) or "rule"


def anchor(place: str) -> str:
    """The id of the row that an error of `check` is about, without its prefix "rule-"."""
    return "-".join(map(str, path_of(place)))


def dotted(path: Path) -> str:
    """A path as it stands in the names of fields."""
    return ".".join(map(str, path))


def part_at(rule: Any, path: Path) -> list[Any]:
    """The part at a path in a list of one; empty where there is none."""
    part = rule
    for index in path[1:]:
        entries = entries_of(part)
        if index >= len(entries):
            return []
        part = entries[index]
    return [part] if path[:1] == ROOT else []


def with_list(rule: Any, path: Path, change: Callable[[list[Any], int], list[Any]]) -> Any:
    """The rule with the list that holds the part at *path* (not the root) changed."""
    entries = entries_of(rule)
    if len(path) == 2:
        return with_entries(rule, change(entries, path[1]))
    entries[path[1]] = with_list(entries[path[1]], (*ROOT, *path[2:]), change)
    return with_entries(rule, entries)


def with_part(rule: Any, path: Path, part: Any) -> Any:
    """The rule with another part at *path*."""
    if path == ROOT:
        return part
    return with_list(rule, path, lambda entries, at: [*entries[:at], part, *entries[at + 1 :]])
