"""The rule as a form: fields and back, every button, and what is refused with which words."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from evaluations.definitions import rule_form, rule_parts
from evaluations.rules import check
from evaluations.rules.tests.strategies import json_values, rules

KNOWN = ("a", "b", "c", "d", "e")


def posted(fields: dict[str, str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data[name] = value
    return data


def press(rule: Any, button: str, **more: str) -> rule_form.RuleDraft:
    given_fields = {**rule_form.fields(rule), "press": button}
    given_fields.update({name.replace("__", ":"): value for name, value in more.items()})
    return rule_form.apply(posted(given_fields), KNOWN)


@given(rules(max_leaves=20))
def test_any_rule_survives_the_form(rule: Any) -> None:
    draft = rule_form.read(posted(rule_form.fields(rule)), KNOWN)
    if rule_parts.too_large(rule) is None:
        assert (draft.rule, draft.errors, draft.mode) == (rule, (), "form")
        assert json.loads(draft.json_text) == rule
    else:
        assert rule_form.draft_of(rule, KNOWN).mode == "json"


@given(rules(max_leaves=20))
def test_any_rule_survives_the_json(rule: Any) -> None:
    draft = rule_form.read(posted({"rule-mode": "json", "rule-json": json.dumps(rule)}), KNOWN)
    assert (draft.rule, draft.errors, draft.mode) == (rule, (), "json")
    link = rule_form.read(posted({"rule": json.dumps(rule)}), KNOWN)
    assert (link.rule, link.errors) == (rule, ())


names = st.from_regex(r"(key|op|n|new):0(\.[0-9]{1,2}){0,3}", fullmatch=True) | st.text(max_size=9)
values = st.sampled_from(["all", "any", "not", "at_least", "a", "b", "", "2", "-1", "9" * 5000])
presses = st.builds(
    "{}:{}".format,
    st.sampled_from(
        ["add-criterion", "add-group", "remove", "up", "down", "wrap", "dissolve", "mode-json", "x"]
    ),
    st.from_regex(r"0(\.[0-9]{1,2}){0,3}", fullmatch=True) | st.text(max_size=5),
)


@given(st.dictionaries(names, values, max_size=20), presses)
def test_nothing_that_is_posted_breaks_it(fields: dict[str, str], button: str) -> None:
    draft = rule_form.apply(posted({**fields, "rule-mode": "form", "press": button}), KNOWN)
    assert set(check(draft.rule, KNOWN)) <= set(draft.errors)
    shown = rule_form.rows(draft.rule, None, draft.errors, draft.chosen)
    assert shown
    json.loads(draft.json_text)


@given(json_values)
def test_no_json_breaks_it(value: Any) -> None:
    text = json.dumps(value)
    for fields in ({"rule": text}, {"rule-mode": "json", "rule-json": text, "press": "mode-form"}):
        draft = rule_form.apply(posted(fields), KNOWN)
        rule_form.rows(draft.rule, {}, draft.errors, draft.chosen)
        assert bool(draft.errors) or not check(value, KNOWN)


@given(rules(max_leaves=12), st.data())
def test_up_and_down_undo_each_other(rule: Any, data: st.DataObject) -> None:
    movable = [row for row in rule_form._flat(rule_form.rows(rule)) if row.down]
    if not movable:
        return
    row = data.draw(st.sampled_from(movable))
    *group, last = row.path.split(".")
    below = ".".join([*group, str(int(last) + 1)])
    moved = press(rule, f"down:{row.path}").rule
    assert press(moved, f"up:{below}").rule == rule


def test_a_rule_is_built_with_buttons_alone() -> None:
    rule = rule_form.start(KNOWN).rule
    assert rule == {"all": []}
    rule = press(rule, "add-criterion:0", new__0="a").rule
    rule = press(rule, "add-group:0").rule
    rule = press(rule, "add-criterion:0.1", **{"new:0.1": "b"}).rule
    rule = press(rule, "add-criterion:0.1", **{"new:0.1": "c"}).rule
    assert rule == {"all": ["a", {"any": ["b", "c"]}]}
    rule = press(rule, "check", **{"op:0.1": "at_least"}).rule
    assert rule == {"all": ["a", {"at_least": 2, "of": ["b", "c"]}]}
    rule = press(rule, "wrap:0.0").rule
    draft = press(rule, "check", **{"op:0.0": "not"})
    assert draft.rule == {"all": [{"not": "a"}, {"at_least": 2, "of": ["b", "c"]}]}
    assert draft.ok


@pytest.mark.parametrize(
    ("rule", "button", "expected"),
    [
        ({"all": ["a", "b"]}, "remove:0.0", {"all": ["b"]}),
        ({"all": ["a", "b"]}, "remove:0", {"all": []}),
        ({"all": ["a", {"any": ["b", "c"]}]}, "remove:0.1", {"all": ["a"]}),
        ({"all": ["a", {"any": ["b", "c"]}]}, "dissolve:0.1", {"all": ["a", "b", "c"]}),
        ({"all": ["a"]}, "dissolve:0", "a"),
        ({"not": {"all": ["a", "b"]}}, "dissolve:0.0", {"not": {"any": ["a", "b"]}}),
        ({"not": "a"}, "remove:0.0", {"not": {"any": []}}),
        ("a", "wrap:0", {"all": ["a"]}),
        ("a", "add-criterion:0", {"all": ["a", "b"]}),
        ({"not": "a"}, "add-criterion:0", {"not": {"any": ["a", "b"]}}),
        ({"not": {"any": []}}, "add-criterion:0", {"not": "b"}),
        ({"all": ["a", "b"]}, "up:0.0", {"all": ["a", "b"]}),
        ({"all": ["a", "b"]}, "up:0.1", {"all": ["b", "a"]}),
        ({"at_least": 2, "of": ["a", "b", "c"]}, "down:0.0",
         {"at_least": 2, "of": ["b", "a", "c"]}),
        ({"all": ["a"]}, "remove:0.7", {"all": ["a"]}),
        ({"all": ["a"]}, "remove:nowhere", {"all": ["a"]}),
    ],
)  # fmt: skip
def test_buttons(rule: Any, button: str, expected: Any) -> None:
    assert press(rule, button, new__0="b").rule == expected


def test_adding_without_a_choice_says_what_is_missing() -> None:
    draft = press({"all": ["a", {"any": ["b"]}]}, "add-criterion:0.1")
    assert draft.rule == {"all": ["a", {"any": ["b"]}]}
    assert [(e.place, e.message) for e in draft.errors] == [
        ("all[1]", "Choose the criterion to add first.")
    ]


@pytest.mark.parametrize(
    ("button", "focus"),
    [
        ("up:0.2", "up:0.1"), ("up:0.1", "down:0.0"), ("down:0.0", "down:0.1"),
        ("down:0.1", "up:0.2"), ("remove:0.1", "new:0"), ("remove:0.2.0", "new:0.2"),
        ("dissolve:0.2", "new:0"), ("wrap:0.0", ""), ("check", ""),
    ],
)  # fmt: skip
def test_the_focus_goes_where_the_part_went(button: str, focus: str) -> None:
    rule = {"all": ["a", "b", {"any": ["c", "d"]}]}
    assert press(rule, button).focus == focus


def test_errors_stand_at_their_rows() -> None:
    rule = {"all": ["a", {"at_least": 3, "of": ["b", "nope"]}, {"any": []}]}
    draft = rule_form.draft_of(rule, KNOWN)
    (root,) = rule_form.rows(rule, {"a": "first"}, draft.errors)
    threshold, empty = root.entries[1:]
    assert root.errors == ()
    assert "from 1 to 2" in threshold.errors[0]
    assert "no criterion" in threshold.entries[1].errors[0]
    assert "at least one entry" in empty.errors[0]
    assert (root.entries[0].label, threshold.entries[1].known) == ("first", False)


def test_a_wrong_number_stays_as_typed() -> None:
    draft = press({"at_least": 1, "of": ["a", "b"]}, "check", n__0="two")
    (root,) = rule_form.rows(draft.rule, None, draft.errors)
    assert (root.n, draft.ok) == ("two", False)
    assert "whole number" in root.errors[0]


def test_what_is_selected_but_not_added_stays_selected() -> None:
    draft = press({"all": ["a"]}, "check", new__0="b")
    assert rule_form.rows(draft.rule, None, (), draft.chosen)[0].chosen == "b"


def test_the_form_refuses_to_grow_beyond_its_size() -> None:
    full = {"all": ["a"] * (rule_parts.MOST_ROWS - 1)}
    draft = press(full, "add-criterion:0", new__0="b")
    assert draft.rule == full
    assert "at most 100 parts" in draft.errors[0].message
    deep: Any = "a"
    for _ in range(rule_parts.DEEPEST_ROW):
        deep = {"all": [deep]}
    assert "at most 8 groups" in press(deep, "wrap:0").errors[0].message


def test_switching_between_form_and_json() -> None:
    rule = {"all": ["a", {"not": "b"}]}
    draft = press(rule, "mode-json")
    assert (draft.mode, json.loads(draft.json_text)) == ("json", rule)
    text = '{"any": ["a"]}'
    fields = {"rule-mode": "json", "rule-json": text, "press": "mode-form", "op:0": "all"}
    assert rule_form.apply(posted(fields), KNOWN).rule == {"any": ["a"]}
    for typed, words in (
        ("{", "line 1, column 2"),
        ("[" * 40_000, "nested too deep"),
        ('"' + "a" * 60_000 + '"', "longer than 50000 characters"),
        ("9" * 5000, "cannot be read"),
        ("NaN", "cannot show"),
        ('{"all": [3]}', "cannot show"),
    ):
        draft = rule_form.apply(posted({**fields, "rule-json": typed}), KNOWN)
        assert draft.mode == "json"
        assert any(words in error.message for error in draft.errors), typed
        assert draft.json_text == typed[:50_000]


def test_a_long_rule_opens_as_json() -> None:
    draft = rule_form.draft_of({"all": ["a"] * 200}, KNOWN)
    assert (draft.mode, draft.ok) == ("json", True)
    assert rule_form.rows(draft.rule) == ()


def test_half_a_surrogate_pair_can_be_shown() -> None:
    draft = rule_form.read(posted({"rule": '{"all": ["\\ud800"]}'}), KNOWN)
    (root,) = rule_form.rows(draft.rule, {}, draft.errors)
    assert root.entries[0].key.encode()
    assert draft.json_text.encode()
