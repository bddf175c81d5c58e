"""A rule as the fields of a form and back: what was posted, the button that was pressed, rows.

A form that holds the editor posts either `rule-json`, or for each part of the rule `key:PATH`
(a criterion) or `op:PATH` with `n:PATH` (a group), where PATH is "0" for the whole rule and
"0.2" for its third entry. `new:PATH` is what was chosen to be added to a group. `rule-mode` says
which of the two ways is shown and therefore read; `press` names the button, as in
"add-criterion:0.2". Without `rule-mode`, a parameter `rule` is taken as JSON: a link that fills
the editor. Knows no database: the caller says which criteria there are.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from django.http import QueryDict

from evaluations.definitions.rule_parts import (
    ROOT,
    Kind,
    Path,
    dotted,
    entries_of,
    group_of,
    kind_of,
    part_at,
    path_of,
    place_of,
    too_large,
    with_entries,
    with_list,
    with_part,
)
from evaluations.rules import RuleError, check

Mode = Literal["form", "json"]
LONGEST_JSON: Final = 50_000
"""Characters of JSON that are looked at."""

GROUPS: Final[Mapping[str, str]] = {
    "all": "all of these",
    "any": "any of these",
    "at_least": "at least n of these",
    "not": "not",
}
"""Kinds of groups in the words of the form."""

_FIELD = re.compile(r"(key|op):([0-9]{1,3}(?:\.[0-9]{1,3}){0,30})", re.ASCII)


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule while it is written.

    `rule` may still be wrong, such as a group without entries; `errors` says where. `json_text`
    is the rule as JSON, or what was typed instead; where that cannot be read, `rule` is None.
    `chosen` maps the path of a group to the criterion that is selected in it but not added yet.
    `focus` names the control that takes the focus where the pressed one went away, as "new:0.1".
    """

    rule: Any
    errors: tuple[RuleError, ...]
    json_text: str
    mode: Mode
    chosen: Mapping[str, str] = field(default_factory=dict)
    focus: str = ""

    @property
    def ok(self) -> bool:
        """Whether the rule can be used as it is."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class RulePart:
    """One part of the rule in the form: a criterion or a group with its entries.

    `errors` are those that belong to this part and to no smaller one; `number_error` is the one
    about n. `up`, `down`: it can change places with the entry before or after it.
    """

    path: str
    id: str
    kind: Kind
    key: str
    label: str
    known: bool
    n: str
    entries: tuple["RulePart", ...]
    chosen: str
    errors: tuple[str, ...]
    up: bool
    down: bool
    root: bool
    depth: int


def start(known: Collection[str] | None = None) -> RuleDraft:
    """The draft of a rule that is not begun: "all of these" without entries."""
    return draft_of({"all": []}, known)


def draft_of(rule: Any, known: Collection[str] | None = None, text: str | None = None) -> RuleDraft:
    """The draft of a rule given as JSON value: in the form, or as JSON where that is too small.

    Args:
        known: keys of the criteria that there are; without it, every key is accepted.
        text: the JSON that the rule was read from.
    """
    errors = tuple(check(rule, known))
    mode: Mode = "form" if too_large(rule) is None else "json"
    if mode == "form" or text is None:
        text = to_json(rule)
    return RuleDraft(rule, errors, text, mode)


def read(data: QueryDict, known: Collection[str] | None = None) -> RuleDraft:
    """What was posted, whichever way it was written; never raises.

    With neither `rule-mode` nor `rule` it is the draft that `start` gives.
    """
    mode = data.get("rule-mode")
    if mode is None:
        return _from_text(str(data["rule"]), known, "form") if data.get("rule") else start(known)
    if mode == "json":
        return _from_text(str(data.get("rule-json", "")), known, "json")
    rule = _from_fields(data)
    chosen = {
        name.removeprefix("new:"): str(data[name]) for name in data if name.startswith("new:")
    }
    return replace(draft_of(rule, known), chosen=chosen)


def apply(data: QueryDict, known: Collection[str] | None = None) -> RuleDraft:
    """What was posted, after the button named by `press` did its work; never raises.

    A button that cannot do it leaves the rule as it was and adds an error that says why.
    Buttons of the page itself, such as "save", change nothing here.
    """
    draft = read(data, known)
    name, _, place = str(data.get("press", "")).partition(":")
    if name == "mode-json":
        return replace(draft, mode="json")
    if name == "mode-form":
        return _to_form(draft)
    act = _BUTTONS.get(name)
    if act is None or draft.mode != "form":
        return draft
    path = _path(place)
    if path is None or not part_at(draft.rule, path):
        return draft
    try:
        changed = act(draft, path)
    except _Refused as refusal:
        error = RuleError(place_of(draft.rule, path), str(refusal))
        return replace(draft, errors=(error, *draft.errors))
    reason = too_large(changed)
    if reason is not None:
        error = RuleError(place_of(draft.rule, path), reason)
        return replace(draft, errors=(error, *draft.errors))
    return replace(draft_of(changed, known), focus=_focus_after(name, path, changed))


def _focus_after(name: str, path: Path, rule: Any) -> str:
    """The control that stands for the pressed one, where that moved or went away."""
    if name in ("remove", "dissolve"):
        return f"new:{dotted(path[:-1] or ROOT)}"
    if name not in ("up", "down") or path == ROOT:
        return ""
    to = path[-1] + (-1 if name == "up" else 1)
    last = len(entries_of(part_at(rule, path[:-1])[0])) - 1
    if not 0 < to < last:
        name = "down" if to <= 0 else "up"
    return f"{name}:{dotted((*path[:-1], to))}"


def fields(rule: Any) -> dict[str, str]:
    """The names and values that the form of a rule posts; the inverse of `read`."""
    found = {"rule-mode": "form"}
    for row in _flat(rows(rule)):
        if row.kind == "criterion":
            found[f"key:{row.path}"] = row.key
            continue
        found[f"op:{row.path}"] = row.kind
        if row.kind == "at_least":
            found[f"n:{row.path}"] = row.n
    return found


def rows(
    rule: Any,
    titles: Mapping[str, str] | None = None,
    errors: Iterable[RuleError] = (),
    chosen: Mapping[str, str] | None = None,
) -> tuple[RulePart, ...]:
    """The rule as nested rows for the template: one root row; none where it is too large.

    Args:
        titles: criterion key to the words to show.
        errors: shown with the rows that they are about.
        chosen: path of a group to the criterion that stands selected in it.
    """
    if rule is None or too_large(rule) is not None:
        return ()
    by_path: dict[str, list[str]] = {}
    for error in errors:
        by_path.setdefault(dotted(path_of(error.place)), []).append(error.message)
    return (_row(rule, ROOT, titles, by_path, chosen or {}, 0, 1),)


def to_json(rule: Any) -> str:
    """A rule as indented JSON."""
    return json.dumps(rule, indent=1)


def _path(text: str) -> Path | None:
    found = _FIELD.fullmatch(f"op:{text}")
    return tuple(map(int, found[2].split("."))) if found else None


def _from_text(text: str, known: Collection[str] | None, mode: Mode) -> RuleDraft:
    if len(text) > LONGEST_JSON:
        reason = f"The JSON is longer than {LONGEST_JSON} characters."
        return RuleDraft(None, (RuleError("rule", reason),), text[:LONGEST_JSON], "json")
    try:
        rule = json.loads(text)
    except RecursionError:
        return RuleDraft(None, (RuleError("rule", "The JSON is nested too deep."),), text, "json")
    except json.JSONDecodeError as error:
        reason = f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        return RuleDraft(None, (RuleError("rule", reason),), text, "json")
    except ValueError:
        # Python refuses to read numbers beyond 4300 digits.
        return RuleDraft(None, (RuleError("rule", "The JSON cannot be read."),), text, "json")
    draft = draft_of(rule, known, text)
    return replace(draft, json_text=text, mode="json") if mode == "json" else draft


def _to_form(draft: RuleDraft) -> RuleDraft:
    if draft.rule is None:
        return draft
    reason = too_large(draft.rule)
    if reason is None:
        return replace(draft, mode="form", json_text=to_json(draft.rule))
    return replace(draft, mode="json", errors=(*draft.errors, RuleError("rule", reason)))


def _from_fields(data: QueryDict) -> Any:
    """The rule that the fields spell; an entry whose group was not posted is left out."""
    found: dict[Path, tuple[str, str]] = {}
    for name in data:
        part = _FIELD.fullmatch(name)
        if part:
            found[tuple(map(int, part[2].split(".")))] = (part[1], str(data[name]))
    below: dict[Path, list[Path]] = {}
    for path in sorted(found):
        below.setdefault(path[:-1], []).append(path)

    def build(path: Path) -> Any:
        sort, value = found[path]
        if sort == "key":
            return value
        entries = [build(child) for child in below.get(path, [])]
        return group_of(value, entries, _number(data.get(f"n:{dotted(path)}")))

    return build(ROOT) if ROOT in found else {"all": []}


def _number(text: str | None) -> int | str | None:
    """The number of an "at least" as it was typed; None where its field was not shown."""
    if text is None:
        return None
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text


def _row(
    part: Any,
    path: Path,
    titles: Mapping[str, str] | None,
    errors: Mapping[str, Sequence[str]],
    chosen: Mapping[str, str],
    index: int,
    siblings: int,
) -> RulePart:
    kind = kind_of(part) or "criterion"
    name = dotted(path)
    entries = entries_of(part)
    # Half of a surrogate pair is legal in JSON and breaks every later encoding.
    key = part.encode("utf-8", "replace").decode("utf-8") if kind == "criterion" else ""
    title = (titles or {}).get(key)
    return RulePart(
        path=name,
        id="-".join(map(str, path)),
        kind=kind,
        key=key,
        label=title or key.replace("-", " "),
        known=titles is None or title is not None,
        n=str(part["at_least"]) if kind == "at_least" else "",
        entries=tuple(
            _row(entry, (*path, place), titles, errors, chosen, place, len(entries))
            for place, entry in enumerate(entries)
        ),
        chosen=chosen.get(name, ""),
        errors=tuple(errors.get(name, ())),
        up=index > 0,
        down=index < siblings - 1,
        root=path == ROOT,
        depth=len(path) - 1,
    )


def _flat(some: Iterable[RulePart]) -> Iterable[RulePart]:
    for row in some:
        yield row
        yield from _flat(row.entries)


class _Refused(Exception):
    """A button cannot do what it says; the message is for the person."""


def _add(draft: RuleDraft, path: Path, entry: Any) -> Any:
    group = part_at(draft.rule, path)[0]
    if kind_of(group) == "criterion":
        return with_part(draft.rule, path, {"all": [group, entry]})
    inside = entries_of(group)
    if kind_of(group) == "not" and kind_of(inside[0]) == "any" and not entries_of(inside[0]):
        inside = []
    return with_part(draft.rule, path, with_entries(group, [*inside, entry]))


def _add_criterion(draft: RuleDraft, path: Path) -> Any:
    key = draft.chosen.get(dotted(path), "")
    if not key:
        raise _Refused("Choose the criterion to add first.")
    return _add(draft, path, key)


def _add_group(draft: RuleDraft, path: Path) -> Any:
    return _add(draft, path, {"any": []})


def _remove(draft: RuleDraft, path: Path) -> Any:
    if path == ROOT:
        return {"all": []}
    return with_list(draft.rule, path, lambda entries, at: [*entries[:at], *entries[at + 1 :]])


def _move(draft: RuleDraft, path: Path, step: int) -> Any:
    def swap(entries: list[Any], at: int) -> list[Any]:
        to = at + step
        if 0 <= to < len(entries):
            entries[at], entries[to] = entries[to], entries[at]
        return entries

    return draft.rule if path == ROOT else with_list(draft.rule, path, swap)


def _wrap(draft: RuleDraft, path: Path) -> Any:
    return with_part(draft.rule, path, {"all": [part_at(draft.rule, path)[0]]})


def _dissolve(draft: RuleDraft, path: Path) -> Any:
    entries = entries_of(part_at(draft.rule, path)[0])
    if path != ROOT:
        return with_list(
            draft.rule, path, lambda list_, at: [*list_[:at], *entries, *list_[at + 1 :]]
        )
    if len(entries) != 1:
        raise _Refused("The outermost group can only be dissolved when it holds one entry.")
    return entries[0]


_BUTTONS: Final[Mapping[str, Callable[[RuleDraft, Path], Any]]] = {
    "add-criterion": _add_criterion,
    "add-group": _add_group,
    "remove": _remove,
    "up": lambda draft, path: _move(draft, path, -1),
    "down": lambda draft, path: _move(draft, path, 1),
    "wrap": _wrap,
    "dissolve": _dissolve,
}
