"""What the API says of itself is committed, and nothing that programs rest on goes unseen."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from evaluations.api.openapi import COMMITTED, api, operations

Schema = dict[str, Any]
AGAIN = "Run `manage.py openapi` and commit what it writes, if that is what you want."


def now() -> Schema:
    found: Schema = json.loads(json.dumps(api.get_openapi_schema()))
    return found


def committed() -> Schema:
    found: Schema = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return found


def broken(before: Schema, after: Schema) -> list[str]:
    """What a program that rests on *before* can no longer do."""
    return [*missing(before, after), *changed(before, after)]


def missing(before: Schema, after: Schema) -> Iterator[str]:
    there = {(path, method) for path, method, _ in operations(after)}
    for path, method, _ in operations(before):
        if (path, method) not in there:
            yield f"{method} {path} is gone"


def changed(before: Schema, after: Schema) -> Iterator[str]:
    for path, method, old in operations(before):
        new = after["paths"].get(path, {}).get(method)
        if new is None:
            continue
        name = f"{method} {path}"
        known = {(each["in"], each["name"]): each for each in old["parameters"]}
        for each in new["parameters"]:
            had = known.pop((each["in"], each["name"]), None)
            if each["required"] and (had is None or not had["required"]):
                yield f"{name} now needs {each['name']}"
            if had is not None:
                yield from narrowed(name, each["name"], had["schema"], each["schema"])
        yield from (f"{name} takes {gone} no more" for _, gone in known)
        if {} in old["security"] and {} not in new["security"]:
            yield f"{name} now needs a key"
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{name} answers {status} no more"
            elif status != "default":
                pair = (body(answer), body(new["responses"][status]))
                yield from lost(name, *pair, before, after, set())
        if "requestBody" in old and "requestBody" in new:
            pair = (body(old["requestBody"]), body(new["requestBody"]))
            yield from asked(name, *pair, before, after, set())
        elif "requestBody" in new:
            yield f"{name} now needs a body"


def body(held: Schema) -> Schema:
    (sent,) = held["content"].values()
    found: Schema = sent["schema"]
    return found


def meant(part: Schema, whole: Schema) -> tuple[str, Schema]:
    """A part of a schema behind its reference, with the name of that."""
    name = part.get("$ref", "").rpartition("/")[2]
    return (name, whole["components"]["schemas"][name]) if name else ("", part)


def kinds(part: Schema) -> set[str]:
    """The types that a value may have, with its references; {"any"} where it may have all."""
    if "anyOf" in part:
        return set().union(*(kinds(each) for each in part["anyOf"]))
    if "enum" in part:
        return {f"one of {each}" for each in part["enum"]}
    return {part.get("$ref") or part.get("type", "any")}


def narrowed(name: str, place: str, old: Schema, new: Schema) -> Iterator[str]:
    """Where something that was taken is refused now."""
    was, may = kinds(old), kinds(new)
    if "any" not in may and not was <= may and not (may == {"string"} and "any" not in was):
        yield f"{name} takes less for {place}"
    for limit, tighter in (("maximum", -1), ("maxLength", -1), ("maxItems", -1), ("minimum", 1),
                           ("minLength", 1), ("minItems", 1)):  # fmt: skip
        if limit in new and (limit not in old or (new[limit] - old[limit]) * tighter > 0):
            yield f"{name} takes less for {place}: {limit}"


def parts(old: Schema, new: Schema) -> Iterator[tuple[str, Schema, Schema]]:
    """What lies within a value: in a list, behind alternatives, or by name."""
    for place in ("items", "additionalProperties"):
        if isinstance(old.get(place), dict) and isinstance(new.get(place), dict):
            yield place, old[place], new[place]
    for one in old.get("anyOf", ()):
        for other in new.get("anyOf", ()):
            if one.get("$ref") and one.get("$ref") == other.get("$ref"):
                yield "anyOf", one, other
    for place, held in old.get("properties", {}).items():
        if place in new.get("properties", {}):
            yield place, held, new["properties"][place]


def lost(
    name: str, old: Schema, new: Schema, before: Schema, after: Schema, seen: set[str]
) -> Iterator[str]:
    """What an answer tells no more, or tells otherwise than before."""
    kind, old = meant(old, before)
    _, new = meant(new, after)
    if kind in seen:
        return
    seen |= {kind} - {""}
    for place in old.get("properties", {}):
        if place not in new.get("properties", {}):
            yield f"{name} tells {kind}.{place} no more"
        elif place in old.get("required", ()) and place not in new.get("required", ()):
            yield f"{name} may leave out {kind}.{place}"
    for place, one, other in parts(old, new):
        if "any" not in kinds(one) and not kinds(other) <= kinds(one):
            yield f"{name} tells {kind}.{place} otherwise"
        yield from lost(name, one, other, before, after, seen)


def asked(
    name: str, old: Schema, new: Schema, before: Schema, after: Schema, seen: set[str]
) -> Iterator[str]:
    """What a body must say now, or may say no more."""
    kind, old = meant(old, before)
    _, new = meant(new, after)
    if kind in seen:
        return
    seen |= {kind} - {""}
    for place in new.get("required", ()):
        if place not in old.get("required", ()):
            yield f"{name} now needs {kind}.{place}"
    for place in old.get("properties", {}):
        if place not in new.get("properties", {}):
            yield f"{name} takes {kind}.{place} no more"
    for place, one, other in parts(old, new):
        yield from narrowed(name, f"{kind}.{place}", one, other)
        yield from asked(name, one, other, before, after, seen)


def test_nothing_that_programs_rest_on_is_gone() -> None:
    assert broken(committed(), now()) == []


def test_what_is_committed_is_what_is_there() -> None:
    assert committed() == now(), AGAIN


def at(schema: Schema, *way: str) -> Any:
    for step in way:
        schema = schema[step]
    return schema


COMPONENTS = ("components", "schemas")
CRITERIA = ("paths", "/api/v1/criteria", "get")


def without(place: tuple[str, ...], name: str) -> Callable[[Schema], None]:
    return lambda schema: at(schema, *place).pop(name)


def with_value(place: tuple[str, ...], name: str, value: Any) -> Callable[[Schema], None]:
    return lambda schema: at(schema, *place).__setitem__(name, value)


def needs(schema: Schema) -> None:
    schema["components"]["schemas"]["Launch"]["required"].append("seed")


def new_parameter(schema: Schema) -> None:
    parameter = {"in": "query", "name": "new", "required": True, "schema": {"type": "string"}}
    at(schema, *CRITERIA)["parameters"].append(parameter)


def shorter_pages(schema: Schema) -> None:
    for each in at(schema, *CRITERIA)["parameters"]:
        if each["name"] == "limit":
            each["schema"]["maximum"] = 100


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (without(("paths",), "/api/v1/criteria"), "get /api/v1/criteria is gone"),
        (without((*COMPONENTS, "Criterion", "properties"), "key"), "tells Criterion.key no more"),
        (without((*COMPONENTS, "Step", "properties"), "start"), "tells Step.start no more"),
        (without((*COMPONENTS, "Task", "properties"), "form"), "tells Task.form no more"),
        (with_value((*COMPONENTS, "Criterion", "properties", "version"), "type", "string"),
         "tells Criterion.version otherwise"),
        (with_value((*COMPONENTS, "Launch", "properties", "model"), "type", "integer"),
         "takes less for Launch.model"),
        (without((*COMPONENTS, "Launch", "properties"), "seed"), "takes Launch.seed no more"),
        (needs, "now needs Launch.seed"),
        (new_parameter, "get /api/v1/criteria now needs new"),
        (shorter_pages, "takes less for limit: maximum"),
        (with_value(CRITERIA, "security", [{"Key": []}]), "get /api/v1/criteria now needs a key"),
    ],
)  # fmt: skip
def test_what_breaks_programs_is_found(change: Callable[[Schema], None], complaint: str) -> None:
    after = copy.deepcopy(committed())
    change(after)
    assert any(complaint in each for each in broken(committed(), after))


def test_what_only_adds_breaks_nothing() -> None:
    after = copy.deepcopy(committed())
    after["paths"]["/api/v1/more"] = after["paths"]["/api/v1/criteria"]
    at(after, *COMPONENTS, "Criterion", "properties")["more"] = {"type": "string"}
    at(after, *COMPONENTS, "Launch", "properties")["more"] = {"type": "string"}
    assert broken(committed(), after) == []
