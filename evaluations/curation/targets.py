"""What may be placed: found by what a form says of it, and named in words."""

from collections.abc import Mapping
from typing import Any, Final

from evaluations.common.parameters import whole_number
from evaluations.common.texts.unseen import shows_something
from evaluations.curation.models import Target
from evaluations.debates.models import Statement
from evaluations.definitions.models import DefinitionVersion
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

KINDS: Final = {
    "output": "an output",
    "pair": "two outputs to one prompt",
    "definition": "a definition",
    "prompt": "a prompt",
    "statement": "a statement of a debate",
    "text": "a text written for the collection",
}
CHOICES: Final = {
    "output": f"{KINDS['output']}, by its number",
    "pair": f"{KINDS['pair']}, by their numbers",
    "definition": f"{KINDS['definition']}, by the end of its address",
    "prompt": f"{KINDS['prompt']}, by the end of its address",
    "statement": f"{KINDS['statement']}, by its number",
    "text": "a text of your own",
}
"""The kinds as a form offers them: each with what to write."""
MOST_TEXT: Final = 1000


class TargetRefused(Exception):
    """It cannot be placed; the message says why and what to write instead."""


def target_from(kind: str, said: str) -> dict[str, Any]:
    """The columns of a target from what somebody wrote: numbers, the end of an address, a text.

    Raises:
        TargetRefused: for what does not exist or may not be placed.
    """
    said = said.replace("\0", "").strip()
    if kind == "output":
        return {"output": written(said)}
    if kind == "pair":
        return pair_from(said)
    if kind == "definition":
        version = (
            DefinitionVersion.objects.published()
            .filter(definition__slug=last_part(said))
            .select_related("definition")
            .first()
        )
        if version is None:
            raise TargetRefused(f"No definition “{last_part(said)[:80]}” is published here.")
        return {"definition_version": version}
    if kind == "prompt":
        prompt = Prompt.objects.listed().filter(slug=last_part(said)).first()
        if prompt is None:
            raise TargetRefused(f"There is no prompt “{last_part(said)[:80]}”.")
        return {"prompt": prompt}
    if kind == "statement":
        return {"statement": said_in_debates(said)}
    if kind != "text":
        raise TargetRefused("Choose what is to be placed.")
    if not 0 < len(said) <= MOST_TEXT:
        raise TargetRefused(f"A text has 1 to {MOST_TEXT:,} characters; this has {len(said):,}.")
    if not shows_something(said):
        raise TargetRefused("Nothing of this text can be seen: write it anew.")
    return {"text": said}


def last_part(said: str) -> str:
    """The last part of an address, or the word itself."""
    return said.rstrip("/").rpartition("/")[2]


def written(said: str) -> Output:
    """A written output that anybody may read, by its number or its address."""
    number = whole_number(last_part(said))
    output = (
        Output.objects.finished().for_reading().filter(pk=number).first()
        if number is not None
        else None
    )
    if output is None:
        raise TargetRefused(
            f"There is no output “{last_part(said)[:40]}” that was written and is not withdrawn."
        )
    return output


def said_in_debates(said: str) -> Statement:
    """A statement that stands, by its number or its address, or by one of what it was before."""
    number = whole_number(last_part(said))
    now = Statement.objects.stand_now([number] if number is not None else [])
    standing = Statement.objects.standing().select_related("version__definition")
    found = standing.filter(pk__in=now.values()).first()
    if found is None:
        raise TargetRefused(f"There is no statement “{last_part(said)[:40]}” that stands.")
    return found


def pair_from(said: str) -> dict[str, Any]:
    numbers = said.replace(",", " ").split()
    if len(numbers) != 2:
        raise TargetRefused("A pair is two numbers of outputs, such as 12 and 15: write “12 15”.")
    left, right = (written(number) for number in numbers)
    if left.pk == right.pk:
        raise TargetRefused("A pair is of two outputs, and these are one.")
    if left.prompt_id != right.prompt_id:
        raise TargetRefused(
            "A pair shows two outputs to one prompt, and these answer two different ones."
        )
    return {"left": left, "right": right}


def name_of(target: Target) -> str:
    """What an item is called in lists and messages."""
    if target.output is not None:
        return f"{target.output.prompt.title}, output {target.output_id}"
    if target.left is not None:
        return f"{target.left.prompt.title}, outputs {target.left_id} and {target.right_id}"
    if target.definition_version is not None:
        version = target.definition_version
        return f"{version.definition.name}, version {version.number}"
    if target.prompt is not None:
        return target.prompt.title
    if target.statement is not None:
        return f"Statement {target.statement_id} about {target.statement.version.definition.name}"
    return target.text if len(target.text) <= 60 else f"{target.text[:59]}…"


def address_of(target: Target) -> str:
    """Where an item is read in full; empty for a text, and for a pair, which has two addresses."""
    for one in (target.output, target.definition_version, target.prompt, target.statement):
        if one is not None:
            return one.get_absolute_url()
    return ""


def saved(target: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a target as conditions that find an equal row."""
    names = ("output", "left", "right", "definition_version", "prompt", "statement")
    return {**{name: target.get(name) for name in names}, "text": target.get("text", "")}
