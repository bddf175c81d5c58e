"""The prompt sets as they are shipped, read once for the tests."""

import json
from pathlib import Path
from typing import Any, Final

CATALOGUE: Final = Path(__file__).parents[1] / "catalogue"
SETS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(CATALOGUE.glob("*.json"))
}
PROMPTS: Final[list[dict[str, Any]]] = [
    prompt for found in SETS.values() for prompt in found["prompts"]
]
BY_SLUG: Final = {prompt["slug"]: prompt for prompt in PROMPTS}
GENERATED: Final = [prompt for prompt in PROMPTS if prompt["origin"] != "written"]
GRADED: Final = [prompt for prompt in PROMPTS if prompt["grader"]]
CHECKED: Final = [prompt for prompt in PROMPTS if "check" in prompt]


def slug_of(prompt: dict[str, Any]) -> str:
    return str(prompt["slug"])
