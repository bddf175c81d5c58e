"""Grids, and outputs written without an engine, for the tests of this room."""

import uuid
from typing import Any

from evaluations.accounts.models import User
from evaluations.inference.backends import TRANSFORMERS
from evaluations.inference.backends.schemes import ENGINE_SCHEME, SAMPLING_ORDER, SEED_SCHEME
from evaluations.inference.engine import Likely, Result
from evaluations.prompts.models import PromptSet
from evaluations.runs import queue
from evaluations.runs.building.actions import launch_grid
from evaluations.runs.models import Grid, LanguageModel, Recipe, Run
from evaluations.runs.results import written
from tests.cast import make_model, make_prompt_set, make_recipe


def a_grid(
    actor: User,
    *,
    models: int = 1,
    recipes: int = 1,
    prompts: int = 4,
    samples: int | None = 1,
    **fields: Any,
) -> Grid:
    """A grid of models and recipes on one set, made where they are missing."""
    for n in range(models - LanguageModel.objects.count()):
        make_model(f"m{n}", backend=TRANSFORMERS)
    for n in range(recipes - Recipe.objects.count()):
        make_recipe(f"r{n}")
    if not PromptSet.objects.exists():
        make_prompt_set("riddles", prompts=prompts)
    asked: dict[str, Any] = {
        "models": LanguageModel.objects.all()[:models],
        "recipes": Recipe.objects.all()[:recipes],
        "prompt_sets": PromptSet.objects.all(),
        "samples": samples,
        "form_token": uuid.uuid4(),
        **fields,
    }
    return launch_grid(launched_by=actor, **asked)


def write(
    claim: queue.Claim,
    *,
    text: str = "",
    tokens: int = 9,
    tokens_in: int = 3,
    prompt_text: str = "",
    logprobs: tuple[Likely, ...] = (),
    **environment: Any,
) -> None:
    """Finish a claim as the transformers engine would, with a text of its seed."""
    said = text or f"1. Seed {claim.seed}.\n2. So it is.\nAnswer: yes"
    result = Result(
        id=str(claim.id),
        text=said,
        trace=said.rpartition("\n")[0],
        answer="yes",
        trace_visibility="full",
        tokens_in=tokens_in,
        tokens_out=tokens,
        stop_reason="stop",
        seconds=0.5,
        prompt_text=prompt_text,
        logprobs=logprobs,
        environment={
            "device": "cpu",
            "engine_scheme": ENGINE_SCHEME,
            "seed_scheme": SEED_SCHEME,
            "sampling_order": SAMPLING_ORDER,
            "weights_sha256": "w" * 64,
            "prompt_tokens_sha256": "abc",
            **environment,
        },
    )
    assert queue.finish([written(claim, result)]) == 1


def write_all(run: Run, **said: Any) -> None:
    """Write all that waits of a run's model."""
    for claim in queue.claim(model=run.model_id, owner="w", count=1000):
        write(claim, **said)


def finished(run: Run) -> int:
    return run.outputs.filter(state="done").count()
