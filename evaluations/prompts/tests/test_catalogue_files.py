"""The shipped prompt sets: their form, their families, and that generated items come again."""

import re
from collections import defaultdict
from typing import Any

import pytest

from evaluations.grading import check_reference, grade
from evaluations.prompts.actions import OWN
from evaluations.prompts.generators import regenerate
from evaluations.prompts.tests.shipped_prompts import (
    BY_SLUG,
    GENERATED,
    GRADED,
    PROMPTS,
    PROMPTS_BY_SET,
    SETS,
    slug_of,
)

KEYS = {
    *("slug", "title", "text", "family", "relation", "reference", "grader"),
    *("origin", "licence", "note"),
}
RELATIONS = {
    *("original", "surface", "irrelevant-clause", "changed-rule", "reordered", "larger"),
    *("changed-fact", "empty-clause", "reversed", "check"),
}
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _families() -> dict[str, list[dict[str, Any]]]:
    families: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for prompt in PROMPTS:
        if prompt["family"]:
            families[prompt["family"]].append(prompt)
    return families


def test_twelve_sets_and_their_prompts() -> None:
    assert list(SETS) == [
        "abduction-and-induction",
        "altered-riddles",
        "arithmetic-stories",
        "base-nine-sums",
        "deduction",
        "everyday-decisions",
        "letter-strings-checked",
        "letter-strings",
        "more-altered-riddles",
        "premise-chains",
        "reversal-pairs",
        "story-sums",
    ]
    assert len(PROMPTS) >= 44
    assert len(BY_SLUG) == len(PROMPTS), "a slug is used twice"
    assert sorted(found["position"] for found in SETS.values()) == [*range(1, 13)]
    for name, found in SETS.items():
        assert found["slug"] == name
        said = {"slug", "title", "description", "domain", "position"}
        if "generated" in found:
            assert set(found) == {*said, "limits", "licence", "source", "generated"}
            assert all(found[key].strip() for key in ("limits", "source"))
        else:
            assert set(found) == {*said, "prompts"}
        assert all(found[key].strip() for key in ("title", "description", "domain"))


@pytest.mark.parametrize("prompt", PROMPTS, ids=slug_of)
def test_form(prompt: dict[str, Any]) -> None:
    assert KEYS <= set(prompt) <= KEYS | {"check", "replaces"}
    assert SLUG.fullmatch(prompt["slug"])
    assert len(prompt["slug"]) <= 80
    assert len(prompt["title"]) <= 120
    assert (prompt["family"] is None) == (prompt["relation"] is None)
    assert (prompt["grader"] is None) == (prompt["reference"] is None)
    assert prompt["relation"] is None or prompt["relation"] in RELATIONS
    generated = prompt["origin"] != "written"
    assert prompt["licence"] == ("Apache-2.0" if generated else "CC BY 4.0")
    assert len(prompt["text"]) <= 700, "too long for a small model"
    assert prompt["text"] == prompt["text"].strip()
    assert "  " not in prompt["text"]
    assert prompt["text"][-1] in ".?)" or generated or prompt["grader"] == "choice"


@pytest.mark.parametrize("prompt", PROMPTS, ids=slug_of)
def test_no_prompt_asks_for_what_a_recipe_forbids_or_asks_for_itself(
    prompt: dict[str, Any],
) -> None:
    """A recipe may forbid an explanation, and alone says how to end."""
    assert not re.search(r"\b(why|explain|reasons?|[Ss]ay what|End with)\b", prompt["text"])
    assert "(Answer " not in prompt["text"]
    assert "Format your answer" not in prompt["text"]
    if prompt["grader"] == "choice":
        letters = re.findall(r"^([A-E])\) ", prompt["text"], re.MULTILINE)
        assert f"Choose {', '.join(letters[:-1])} or {letters[-1]}.\nA)" in prompt["text"]


def test_a_replaced_prompt_is_gone_and_names_no_successor_twice() -> None:
    replaced = [prompt["replaces"] for prompt in PROMPTS if "replaces" in prompt]
    assert len(replaced) == len(set(replaced)) > 40
    assert not set(replaced) & set(BY_SLUG)


def test_nothing_has_an_address_of_what_people_make() -> None:
    slugs = [*SETS, *BY_SLUG, *_families()]
    assert not [slug for slug in slugs if slug.startswith(OWN)]


def test_titles_and_texts_differ() -> None:
    assert len({prompt["title"] for prompt in PROMPTS}) == len(PROMPTS)
    assert len({prompt["text"] for prompt in PROMPTS}) == len(PROMPTS)


@pytest.mark.parametrize("prompt", GRADED, ids=slug_of)
def test_references_suit_their_graders(prompt: dict[str, Any]) -> None:
    check_reference(prompt["grader"], prompt["reference"])
    assert grade(prompt["grader"], prompt["reference"], prompt["reference"]).score == 1.0
    stated = f"Let me see.\nThe answer is {prompt['reference']}"
    assert grade(prompt["grader"], stated, prompt["reference"]).score == 1.0
    if prompt["grader"] == "choice":
        options = re.findall(r"^([A-E])\) \S", prompt["text"], re.MULTILINE)
        assert options == list("ABCDE"[: len(options)])
        assert prompt["reference"] in options


@pytest.mark.parametrize(("family", "prompts"), _families().items(), ids=_families())
def test_families(family: str, prompts: list[dict[str, Any]]) -> None:
    assert SLUG.fullmatch(family)
    assert len(family) <= 60
    assert len(prompts) >= 2
    assert [prompt["relation"] for prompt in prompts].count("original") == 1
    assert any(all(p in found for p in prompts) for found in PROMPTS_BY_SET.values())
    original = next(prompt for prompt in prompts if prompt["relation"] == "original")
    for prompt in prompts:
        relation = prompt["relation"]
        assert prompt["grader"] == original["grader"]
        if relation in ("irrelevant-clause", "empty-clause", "reordered"):
            assert prompt["reference"] == original["reference"]
        if relation in ("irrelevant-clause", "empty-clause"):
            assert _words(original) <= _words(prompt)
        if relation == "reordered":
            assert _words(original) == _words(prompt)
        if relation == "larger":
            assert len(prompt["text"]) > len(original["text"])


def _words(prompt: dict[str, Any]) -> set[str]:
    return set(re.findall(r"\w+", prompt["text"].lower()))


def test_arithmetic_families_have_surface_and_irrelevant_variants() -> None:
    relations = defaultdict(set)
    for prompt in SETS["arithmetic-stories"]["prompts"]:
        relations[prompt["family"]].add(prompt["relation"])
    assert len(relations) >= 4
    for found in relations.values():
        assert {"original", "surface", "irrelevant-clause"} <= found


def test_a_changed_fact_changes_what_is_right() -> None:
    """Of a choice, the text of the option counts: its letter may stand for another one."""
    for prompts in _families().values():
        original = next(prompt for prompt in prompts if prompt["relation"] == "original")
        for prompt in prompts:
            if prompt["relation"] == "changed-fact" and prompt["reference"]:
                assert _right_answer(prompt) != _right_answer(original), prompt["slug"]


def _right_answer(prompt: dict[str, Any]) -> str:
    if prompt["grader"] != "choice":
        return str(prompt["reference"])
    option = re.search(rf"^{prompt['reference']}\) (.+)$", prompt["text"], re.MULTILINE)
    assert option
    return option[1]


@pytest.mark.parametrize("prompt", GENERATED, ids=slug_of)
def test_generated_prompts_are_made_again_exactly(prompt: dict[str, Any]) -> None:
    item = regenerate(prompt["origin"])
    assert (item.text, item.answer) == (prompt["text"], prompt["reference"])
