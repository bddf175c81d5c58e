"""Sets that a generator makes while they are loaded: the same ones on every site."""

import hashlib
import json
from pathlib import Path

import pytest

from evaluations.prompts import loading
from evaluations.prompts.drafts import Held, faults
from evaluations.prompts.generated import AGAIN, drafts_of, levels_from, most_families
from evaluations.prompts.generators import BadConfig, VersionMismatch, regenerate
from evaluations.prompts.generators.named import NAMED
from evaluations.prompts.models import Prompt
from evaluations.prompts.tests.shipped_prompts import PROMPTS_BY_SET, SETS

DIGESTS = {
    "base-nine-sums": "b65c6168e8f05d84",
    "letter-strings-checked": "b1384a408e7ce209",
    "more-altered-riddles": "cd546482070f7206",
    "premise-chains": "ecad05d9544a84e1",
    "reversal-pairs": "7c7482f60627d020",
    "story-sums": "ed56efd2ca7fc577",
}
"""A generator that makes something else needs a new version, and its set new slugs."""


def test_shipped_sets_are_made_as_they_were() -> None:
    made = {
        name: hashlib.sha256(
            repr(
                [tuple(p[key] for key in ("slug", "title", "text", "reference")) for p in prompts]
            ).encode()
        ).hexdigest()[:16]
        for name, prompts in PROMPTS_BY_SET.items()
        if "generated" in SETS[name]
    }
    assert made == DIGESTS


@pytest.mark.parametrize("name", DIGESTS)
def test_each_has_twenty_families_of_all_their_members(name: str) -> None:
    asked, prompts = SETS[name]["generated"], PROMPTS_BY_SET[name]
    assert asked["families"] >= 20
    assert len({prompt["family"] for prompt in prompts}) == asked["families"]
    assert len(prompts) == asked["families"] * len(NAMED[asked["task"]].members)


@pytest.mark.parametrize("task", NAMED)
def test_the_same_seed_makes_the_same_set_and_another_one_another(task: str) -> None:
    level = NAMED[task].levels[-1]
    one, again, other = (drafts_of(task, seed=seed, size=6, levels=[level]) for seed in (5, 5, 6))
    assert one == again
    assert {draft.text for draft in one} != {draft.text for draft in other}
    for draft in one:
        item = regenerate(draft.origin)  # type: ignore[arg-type]
        assert (item.text, item.answer) == (draft.text, draft.reference)


@pytest.mark.parametrize(
    ("task", "level"), [(named.task, level) for named in NAMED.values() for level in named.levels]
)
def test_as_many_as_the_form_takes_can_be_stored_together(task: str, level: int) -> None:
    named = NAMED[task]
    for seed in (0, 1, 2027):
        drafts = drafts_of(task, seed=seed, size=most_families(named, [level]), levels=[level])
        assert faults(drafts, Held()) == []
        assert len({draft.family for draft in drafts}) == most_families(named, [level])


@pytest.mark.parametrize("task", NAMED)
def test_what_was_drawn_again_is_made_again_from_its_origin(task: str) -> None:
    """Letter strings and riddles are, at this size; so is a story with 111 times 7, which no other
    number of three digits matches."""
    named = NAMED[task]
    levels = list(named.levels)[-2:]
    drafts = drafts_of(task, seed=3, size=most_families(named, levels), levels=levels)
    assert faults(drafts, Held()) == []
    for draft in drafts:
        item = regenerate(draft.origin)  # type: ignore[arg-type]
        assert (item.text, item.answer) == (draft.text, draft.reference)
    later = [draft.origin["index"] for draft in drafts if draft.origin["index"] >= AGAIN]
    assert bool(later) == (task in {"letter_strings", "altered_riddles"})


def test_fewer_families_where_there_are_no_more() -> None:
    named = NAMED["base_nine"]
    sizes = [most_families(named, levels) for levels in ([2], [3], [4], [2, 3], [2, 3, 4, 5])]
    assert sizes == [7, 49, 200, 14, 28]
    assert named.scarce == {2: 7, 3: 49}
    assert len(drafts_of("base_nine", seed=5, size=14, levels=[2, 3])) == 42
    with pytest.raises(BadConfig, match="makes at most 14 different families of difficulty 2 to 3"):
        drafts_of("base_nine", seed=5, size=15, levels=[2, 3])


@pytest.mark.parametrize(
    ("text", "levels"), [("3", [3]), (" 2-4 ", [2, 3, 4]), ("2 – 8", [*range(2, 9)])]
)
def test_difficulties_are_one_or_a_range(text: str, levels: list[int]) -> None:
    assert levels_from(text, NAMED["premise_chains"]) == levels


@pytest.mark.parametrize("text", ["", "1", "9", "4-2", "2-9", "easy", "2-4-6"])
def test_other_difficulties_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadConfig, match=r"difficulties 2 to 8 \(steps\)"):
        levels_from(text, NAMED["premise_chains"])
    with pytest.raises(BadConfig, match="one difficulty: write 1"):
        levels_from("2", NAMED["altered_riddles"])


@pytest.mark.django_db
def test_a_set_of_another_version_of_its_generator_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CATALOGUE", tmp_path)
    entry = {**SETS["base-nine-sums"], "generated": {**SETS["base-nine-sums"]["generated"]}}
    (tmp_path / "a.json").write_text(json.dumps(entry))
    assert loading.load_prompts() == 60
    assert loading.load_prompts() == 0
    assert Prompt.objects.filter(relation="check").count() == 20
    entry["generated"]["version"] = "0"
    (tmp_path / "a.json").write_text(json.dumps(entry))
    with pytest.raises(VersionMismatch, match="made by base_nine 0, here is 1"):
        loading.load_prompts()
