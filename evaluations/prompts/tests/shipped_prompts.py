"""The prompt sets as they are shipped, read once for the tests."""

import json
from pathlib import Path
from typing import Any, Final

from evaluations.prompts.loading import prompts_of

CATALOGUE: Final = Path(__file__).parents[1] / "catalogue"
SETS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(CATALOGUE.glob("*.json"))
}
PROMPTS_BY_SET: Final = {name: prompts_of(found) for name, found in SETS.items()}
PROMPTS: Final[list[dict[str, Any]]] = [
    prompt for prompts in PROMPTS_BY_SET.values() for prompt in prompts
]
BY_SLUG: Final = {prompt["slug"]: prompt for prompt in PROMPTS}
GENERATED: Final = [prompt for prompt in PROMPTS if prompt["origin"] != "written"]
GRADED: Final = [prompt for prompt in PROMPTS if prompt["grader"]]
CHECKED: Final = [prompt for prompt in PROMPTS if "check" in prompt]


def slug_of(prompt: dict[str, Any]) -> str:
    return str(prompt["slug"])
