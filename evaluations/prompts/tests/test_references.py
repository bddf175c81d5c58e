"""References are tried when a prompt is saved."""

import json
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from evaluations.grading import UnusableReference
from evaluations.prompts import loading
from evaluations.prompts.models import Prompt, PromptSet

pytestmark = pytest.mark.django_db


def test_a_new_prompt_with_a_reference_that_cannot_be_graded_is_refused() -> None:
    prompt_set = PromptSet.objects.create(slug="times", title="Times")
    prompt = Prompt(
        slug="noon",
        prompt_set=prompt_set,
        title="Noon",
        text="When is noon?",
        grader="numeric",
        reference="12:00",
    )
    with pytest.raises(ValidationError, match="not one number") as refused:
        prompt.full_clean()
    assert list(refused.value.message_dict) == ["reference"]
    prompt.grader = "exact"
    prompt.full_clean()
    prompt.save()
    prompt.grader = "numeric"
    prompt.full_clean()  # what was saved once is no longer asked


def test_a_catalogue_with_such_a_reference_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {
        "slug": "times", "title": "Times", "description": "", "domain": "",
        "prompts": [{"slug": "noon", "title": "Noon", "text": "When?", "licence": "CC BY 4.0",
                     "grader": "numeric", "reference": "5-7"}],
    }  # fmt: skip
    (tmp_path / "times.json").write_text(json.dumps(entry))
    monkeypatch.setattr(loading, "CATALOGUE", tmp_path)
    with pytest.raises(UnusableReference, match=r"times\.json: “noon”: .*5-7"):
        loading.load_prompts()
    assert not Prompt.objects.exists()
