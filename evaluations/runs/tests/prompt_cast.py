"""Prompts that somebody wrote, with and without answers."""

from typing import Any

from evaluations.accounts.models import User
from evaluations.prompts.actions import add_prompts
from evaluations.prompts.drafts import drafted
from evaluations.prompts.models import Prompt, PromptSet
from tests.cast import make_output, make_run


def written(lamps: PromptSet, actor: User, **fields: Any) -> Prompt:
    fields.setdefault("text", "Is the lamp on?")
    (made,) = add_prompts(prompt_set=lamps, actor=actor, drafts=[drafted(**fields)])
    return made


def answered(prompt: Prompt) -> None:
    make_output(prompt=prompt, run=make_run(prompt_set=prompt.prompt_set, visibility="private"))
