"""Reading a rule: from JSON to a tree, with errors a person can act on.

A rule is a criterion key, `{"all": [...]}`, `{"any": [...]}`, `{"not": rule}` or
`{"at_least": n, "of": [...]}`. An entry may stand twice in one list: under `at_least` it then
counts twice.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

MAX_DEPTH: Final = 20
"""How many operators may stand inside one another."""
MAX_NODES: Final = 500
"""How many criteria and operators a rule may have, repetitions included."""
MAX_ERRORS: Final = 50

_OPERATORS: Final = ("all", "any", "not", "at_least")
_LONGEST_KEY_TO_GUESS: Final = 100


class RuleError(NamedTuple):
    """What is wrong, and where: `rule` at the top, else a path like `all[1].any[0]`."""

    place: str
    message: str


class InvalidRule(ValueError):
    """A rule that cannot be read; `errors` holds every reason that was found."""

    def __init__(self, errors: Sequence[RuleError]) -> None:
        self.errors: tuple[RuleError, ...] = tuple(errors)
        super().__init__(" ".join(f"{error.place}: {error.message}" for error in self.errors))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A criterion, by key."""

    key: str


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`: yes and no change places."""

    child: "ParsedRule"


@dataclass(frozen=True, slots=True)
class Threshold:
    """`all`, `any` and `at_least` in one: the value of the n-th greatest child."""

    operator: Literal["all", "any", "at_least"]
    n: int
    children: tuple["ParsedRule", ...]


ParsedRule: TypeAlias = Leaf | Negation | Threshold


def check(rule: object, known_criteria: Collection[str] | None = None) -> list[RuleError]:
    """What is wrong with a rule given as JSON; an empty list when nothing is.

    Never raises, whatever the value. Without `known_criteria` every non-empty key is accepted.
    Stops after MAX_ERRORS errors.
    """
    reader = _Reader(known_criteria)
    reader.read(rule, place="", depth=0)
    return reader.errors


def parse(rule: object) -> ParsedRule:
    """The tree of a rule given as JSON; a tree is returned as it is. InvalidRule if unreadable.

    Every function of this package that takes a rule takes either form; parse once what is
    evaluated often.
    """
    if isinstance(rule, Leaf | Negation | Threshold):
        return rule
    reader = _Reader(None)
    parsed = reader.read(rule, place="", depth=0)
    if parsed is None or reader.errors:
        raise InvalidRule(reader.errors)
    return parsed


def criteria(rule: object) -> tuple[str, ...]:
    """Keys of the criteria that a rule uses, each once, in the order they first appear."""
    return tuple(dict.fromkeys(occurrences(parse(rule))))


def occurrences(node: ParsedRule) -> Iterator[str]:
    """Keys of all leaves from left to right, repeated ones too."""
    match node:
        case Leaf(key):
            yield key
        case Negation(child):
            yield from occurrences(child)
        case Threshold(children=children):
            for child in children:
                yield from occurrences(child)


def renamed(node: ParsedRule, names: Mapping[str, str]) -> ParsedRule:
    """A tree with other names for its criteria; those that the mapping lacks keep theirs."""
    match node:
        case Leaf(key):
            return Leaf(names.get(key, key))
        case Negation(child):
            return Negation(renamed(child, names))
        case Threshold(operator=operator, n=n, children=children):
            return Threshold(operator, n, tuple(renamed(child, names) for child in children))


class _Reader:
    def __init__(self, known_criteria: Collection[str] | None) -> None:
        self.known = known_criteria
        self.errors: list[RuleError] = []
        self.nodes = 0
        self.stopped = False

    def refuse(self, place: str, message: str) -> None:
        if not self.stopped:
            self.errors.append(RuleError(place or "rule", message))
            self.stopped = len(self.errors) >= MAX_ERRORS

    def read(self, value: object, place: str, depth: int) -> ParsedRule | None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(place, f"The rule is too long: more than {MAX_NODES} parts.")
            self.stopped = True
        if self.stopped:
            return None
        if isinstance(value, str):
            return self.read_criterion(value, place)
        if isinstance(value, Mapping):
            if depth == MAX_DEPTH:
                self.refuse(place, f"Nested too deep: at most {MAX_DEPTH} operators in a row.")
                return None
            return self.read_operator(value, place, depth)
        self.refuse(
            place,
            f'Expected a criterion key or an operator such as {{"all": [...]}}, '
            f"found {_kind(value)}.",
        )
        return None

    def read_criterion(self, key: str, place: str) -> Leaf | None:
        if not key:
            self.refuse(place, "The criterion key is empty.")
            return None
        if self.known is not None and key not in self.known:
            message = f"There is no criterion {_quoted(key)}."
            self.refuse(place, message + _did_you_mean(key, self.known))
            return None
        return Leaf(key)

    def read_operator(
        self, value: Mapping[object, object], place: str, depth: int
    ) -> ParsedRule | None:
        operator = self.operator_of(value, place)
        if operator is None:
            return None
        if operator == "not":
            child = self.read(value["not"], _inside(place, "not"), depth + 1)
            return None if child is None else Negation(child)
        children = self.read_list(value, operator, place, depth)
        if operator == "at_least":
            # The number is compared with the list as written, so that one wrong entry in it
            # does not cause a second complaint about the number.
            n = self.read_number(value, place)
        elif operator == "all":
            n = None if children is None else len(children)
        else:
            n = 1
        if children is None or n is None:
            return None
        return Threshold(operator, n, children)

    def operator_of(
        self, value: Mapping[object, object], place: str
    ) -> Literal["all", "any", "not", "at_least"] | None:
        found = [operator for operator in _OPERATORS if operator in value]
        strange = [name for name in value if name != "of" and name not in _OPERATORS]
        expected = "Expected one of all, any, not, at_least."
        if not value:
            self.refuse(place, f"The operator is missing. {expected}")
        elif strange:
            name = strange[0]
            guess = _did_you_mean(name, _OPERATORS) if isinstance(name, str) else ""
            self.refuse(place, f"Unknown operator {_quoted(name)}.{guess or f' {expected}'}")
        elif len(found) > 1:
            self.refuse(
                place,
                f"Several operators in one object ({', '.join(found)}): "
                "put one inside the other, or both into a list.",
            )
        elif not found:
            self.refuse(place, '"of" needs "at_least" beside it, with a number.')
        elif "of" in value and found[0] != "at_least":
            self.refuse(place, f'"of" belongs to "at_least", not to "{found[0]}".')
        elif "of" not in value and found[0] == "at_least":
            self.refuse(place, '"at_least" needs "of" beside it, with a list.')
        elif "all" in value:
            return "all"
        elif "any" in value:
            return "any"
        elif "not" in value:
            return "not"
        else:
            return "at_least"
        return None

    def read_list(
        self, value: Mapping[object, object], operator: str, place: str, depth: int
    ) -> tuple[ParsedRule, ...] | None:
        name = "of" if operator == "at_least" else operator
        entries = value[name]
        if not isinstance(entries, list | tuple):
            self.refuse(_inside(place, name), f'"{name}" needs a list, found {_kind(entries)}.')
            return None
        if not entries:
            self.refuse(_inside(place, name), f'"{name}" needs at least one entry.')
            return None
        children: list[ParsedRule] = []
        for index, entry in enumerate(entries):
            child = self.read(entry, _inside(place, f"{name}[{index}]"), depth + 1)
            if self.stopped:
                return None
            if child is not None:
                children.append(child)
        return tuple(children) if len(children) == len(entries) else None

    def read_number(self, value: Mapping[object, object], place: str) -> int | None:
        n = value["at_least"]
        entries = value["of"]
        where = _inside(place, "at_least")
        if isinstance(n, bool) or not isinstance(n, int):
            self.refuse(where, f'"at_least" needs a whole number, found {_kind(n)}.')
            return None
        length = len(entries) if isinstance(entries, list | tuple) else 0
        if length and not 1 <= n <= length:
            # A huge integer cannot be printed: Python refuses beyond 4300 digits.
            shown = str(n) if abs(n) < 10**9 else "a number beyond a thousand million"
            self.refuse(
                where,
                f'"at_least" must be from 1 to {length}, the length of the list; found {shown}.',
            )
            return None
        return n


def _inside(place: str, step: str) -> str:
    return f"{place}.{step}" if place else step


def _quoted(name: object) -> str:
    if not isinstance(name, str):
        return _kind(name)
    shown = name if len(name) <= 60 else name[:60] + "…"
    # Half of a surrogate pair is legal in JSON and breaks every later encoding.
    return '"' + shown.encode("utf-8", "replace").decode("utf-8") + '"'


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return "a number"
        case float():
            return "a number with a fraction" if not value.is_integer() else "a decimal number"
        case str():
            return "a text"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return "something that is not JSON"


def _did_you_mean(name: str, names: Collection[str]) -> str:
    if len(name) > _LONGEST_KEY_TO_GUESS:
        return ""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f' Did you mean "{close[0]}"?' if close else ""
