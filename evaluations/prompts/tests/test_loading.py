"""Loading the prompt sets: once, again, and when a better wording replaces a prompt."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluations.prompts import loading
from evaluations.prompts.models import Prompt, PromptSet

pytestmark = pytest.mark.django_db


def entry(slug: str, **fields: Any) -> dict[str, Any]:
    return {"slug": slug, "title": slug, "text": f"{slug}?", "licence": "CC BY 4.0", **fields}


def load(folder: Path, *prompts: dict[str, Any]) -> int:
    riddles = {"slug": "riddles", "title": "Riddles", "description": "", "domain": "logic"}
    (folder / "riddles.json").write_text(json.dumps(riddles | {"prompts": prompts}))
    return loading.load_prompts()


def test_a_replaced_prompt_leaves_its_set_and_keeps_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CATALOGUE", tmp_path)
    family = {"family": "doors", "relation": "original"}
    assert load(tmp_path, entry("one", **family), entry("other")) == 2
    assert load(tmp_path, entry("one", **family), entry("other")) == 0
    again = entry("one-2", family="doors-2", relation="original", replaces="one")
    assert load(tmp_path, again, entry("other")) == 1
    riddles = PromptSet.objects.get(slug="riddles")
    assert set(riddles.prompts.values_list("slug", flat=True)) == {"one-2", "other"}
    before = Prompt.objects.get(slug="one")
    assert (before.text, before.prompt_set.slug) == ("one?", "earlier-wordings")
    assert load(tmp_path, again, entry("other")) == 0


def test_a_new_site_has_no_earlier_wordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CATALOGUE", tmp_path)
    assert load(tmp_path, entry("one-2", replaces="one")) == 1
    assert not PromptSet.objects.filter(slug="earlier-wordings").exists()
