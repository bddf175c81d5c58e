"""The rows that imported outputs hang on: sets, prompts, models, recipes, runs, environments.

Each is found or made once for a file. Nothing here can be asked again: the models have no engine,
and the recipes say how a log says that it asked.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

from django.utils.text import slugify

from evaluations.accounts.models import User
from evaluations.common.texts.shortened import shortened
from evaluations.common.texts.unseen import without_hidden
from evaluations.exchange.loading.copied import copy_rows, take_keys
from evaluations.exchange.loading.sieve import model_of, prompt_of, recipe_of, short
from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.records import Record
from evaluations.grading import GradingError, check_reference
from evaluations.prompts.actions import LAST_POSITION, free_slugs
from evaluations.prompts.drafts import title_from
from evaluations.prompts.models import Grader, Prompt, PromptSet
from evaluations.runs.models import Environment, LanguageModel, Recipe, Run, Strategy
from evaluations.runs.querysets import IMPORTED

POSITION: Final = 9000
NOT_STATED: Final = "not stated"
LONGEST_LICENCE: Final = 40
LONGEST_REFERENCE: Final = 1000
"""Characters of a reference that a grader may look for."""
NOT_TOLD: Final = {"temperature": 1.0, "top_p": 1.0, "max_new_tokens": 32_768}
"""What stands in a recipe where a log does not say it: nothing is narrowed down."""
NAMES: Final = {
    "max_new_tokens": ("max_tokens", "max_completion_tokens", "max_new_tokens", "max_gen_toks"),
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "top_k": ("top_k",),
    "min_p": ("min_p",),
    "repetition_penalty": ("repetition_penalty",),
}
"""The columns of a recipe by the names that logs have for them."""
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "max_new_tokens": (1, 32_768),
    "temperature": (0, 2),
    "top_p": (1e-9, 1),
    "top_k": (0, 2_147_483_647),
    "min_p": (0, 0.999999),
    "repetition_penalty": (1e-9, 10),
}
WHOLE: Final = ("max_new_tokens", "top_k")
GUESSED: Final = (Grader.NUMERIC, Grader.CHOICE, Grader.CONTAINS, Grader.EXACT)
"""Which of our graders is tried on a reference, where the log names none of them."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is brought in, by whom, and who reads it."""

    name: str
    format: str
    sha256: str
    actor: User | None
    licence: str
    visibility: str

    @property
    def title(self) -> str:
        """What the format is called."""
        return FORMATS[self.format].title if self.format in FORMATS else self.format

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return PurePath(self.name).stem or self.name


def grader_for(record: Record) -> str:
    """Which of our graders checks an answer to a record's prompt; empty where none can.

    The one that the record names, where it can read the reference; else by what the reference is:
    a number, a letter, a few words, or a text.
    """
    reference = record.reference.strip()
    if not reference or len(reference) > LONGEST_REFERENCE:
        return ""
    one_letter = len(reference.strip("().")) == 1
    unfit = Grader.CONTAINS if one_letter else Grader.CHOICE
    guessed = [name for name in GUESSED if name != unfit]
    for name in (*([record.grader] if record.grader in Grader.values else []), *guessed):
        try:
            check_reference(name, reference)
        except GradingError:
            continue
        return str(name)
    return ""


def settings_of(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the model was asked: what a recipe has a column for, and the rest by the log's names."""
    rest = {name: value for name, value in record.settings.items() if name != "seed"}
    columns: dict[str, Any] = {}
    for column, names in NAMES.items():
        low, high = RANGES[column]
        for name in names:
            value = rest.get(name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if column not in columns and low <= value <= high:
                columns[column] = int(value) if column in WHOLE else float(value)
                del rest[name]
    return columns, rest


def said_of(columns: Mapping[str, Any], rest: Mapping[str, Any]) -> str:
    """A recipe's name, by how a log says that it asked."""
    told = [
        f"{name.replace('max_new_tokens', 'at most tokens').replace('_', ' ')} {value:g}"
        for name, value in columns.items()
    ]
    told += [f"{name} {value}" for name, value in sorted(rest.items()) if len(str(value)) < 30]
    named = f"As imported: {', '.join(told)}" if told else "As imported, settings not told"
    return shortened(named, 80)


@dataclass
class Shelves:
    """Finds or makes what outputs hang on, each once; remembers keys and no texts."""

    source: Source
    runs: dict[bytes, Run] = field(default_factory=dict)
    _sets: dict[str, PromptSet] = field(default_factory=dict)
    _models: dict[bytes, LanguageModel] = field(default_factory=dict)
    _recipes: dict[str, Recipe] = field(default_factory=dict)
    _environments: dict[bytes, Environment] = field(default_factory=dict)
    _prompts: dict[bytes, int] = field(default_factory=dict)
    _graders: dict[bytes, str] = field(default_factory=dict)

    @property
    def sets(self) -> list[PromptSet]:
        return list(self._sets.values())

    @property
    def models(self) -> list[LanguageModel]:
        return list(self._models.values())

    @property
    def prompts(self) -> int:
        """How many prompts were made."""
        return len(self._prompts)

    def licence_of(self, record: Record) -> str:
        """What the file says of a reply, else what was said of the file."""
        return (record.licence or self.source.licence or NOT_STATED)[:LONGEST_LICENCE]

    def set_of(self, record: Record) -> PromptSet:
        """The set of a record's task, or of the file where it names none."""
        if record.task not in self._sets:
            source = self.source
            title = record.task or without_hidden(source.stem) or source.sha256[:6]
            wanted = f"{slugify(title)[:40] or 'imported'}-{source.sha256[:6]}"
            taken = set(
                PromptSet.objects.filter(slug__startswith=f"own-{wanted}").values_list(
                    "slug", flat=True
                )
            )
            self._sets[record.task] = PromptSet.objects.create(
                slug=next(free_slugs(wanted, taken)),
                title=title[:120],
                description=f"What models were asked in {source.name} ({source.title}), as it was "
                "imported with their replies.",
                source=f"{source.title}: {source.name}"[:300],
                licence=self.licence_of(record),
                owner=source.actor,
                visibility=source.visibility,
                position=POSITION,
            )
        return self._sets[record.task]

    def model_of(self, record: Record) -> LanguageModel:
        """The model as the log names it. Nothing can load it: its outputs came with the file."""
        same = short(*model_of(record))
        if same not in self._models:
            told = {"name": record.model, "maker": record.maker, "revision": record.model_revision}
            made = LanguageModel.objects.filter(backend="", path__startswith="import:", **told)
            self._models[same] = made.first() or LanguageModel.objects.create(
                **told,
                slug=free_slug(LanguageModel, record.model, 70),
                backend="",
                path=f"import:{record.model}",
                position=POSITION,
            )
        return self._models[same]

    def recipe_of(self, record: Record) -> Recipe:
        """The recipe that stands for the log's settings, on the whole site one."""
        same = recipe_of(record)
        if same not in self._recipes:
            columns, rest = settings_of(record)
            told = json.dumps([columns, rest], sort_keys=True, default=str)
            slug = IMPORTED + hashlib.sha256(told.encode()).hexdigest()[:12]
            self._recipes[same], _ = Recipe.objects.get_or_create(
                slug=slug,
                defaults={
                    **NOT_TOLD,
                    **columns,
                    "name": said_of(columns, rest),
                    "strategy": Strategy.STEPS,
                    "template_arguments": json.loads(json.dumps(rest, default=str)),
                    "position": POSITION,
                },
            )
        return self._recipes[same]

    def run_of(self, record: Record) -> Run:
        """The run of a record's model and recipe on its set."""
        same = short(record.task, model_of(record), recipe_of(record))
        if same not in self.runs:
            self.runs[same] = Run.objects.create(
                model=self.model_of(record),
                recipe=self.recipe_of(record),
                prompt_set=self.set_of(record),
                launched_by=self.source.actor,
                visibility=self.source.visibility,
            )
        run = self.runs[same]
        run.samples = max(run.samples, record.sample + 1)
        return run

    def close(self) -> list[Run]:
        """Write down how many samples each run has; gives the runs."""
        runs = list(self.runs.values())
        Run.objects.bulk_update([run for run in runs if run.samples > 1], ["samples"])
        return runs

    def environment_of(self, record: Record) -> Environment:
        """Where an output comes from, in place of the machine that wrote it."""
        licence = self.licence_of(record)
        same = short(licence, record.task, record.origin.log)
        if same not in self._environments:
            self._environments[same] = Environment.of(
                {
                    "imported_from": self.source.title,
                    "file": self.source.name,
                    "licence": licence,
                    **({"task": record.task} if record.task else {}),
                    **({"log": record.origin.log} if record.origin.log else {}),
                }
            )
        return self._environments[same]

    def grader_of(self, record: Record) -> str:
        """The grader of a record's prompt: to find it costs more than to store a reply."""
        same = short(record.grader, record.reference)
        if same not in self._graders:
            self._graders[same] = grader_for(record)
        return self._graders[same]

    def prompts_of(self, records: Iterable[Record]) -> list[int]:
        """Keys of the records' prompts, in their order; the missing ones are made at once."""
        places = []
        missing: dict[bytes, dict[str, Any]] = {}
        for record in records:
            same = short(record.task, *prompt_of(record))
            places.append(same)
            if same not in self._prompts and same not in missing:
                number = len(self._prompts) + len(missing) + 1
                missing[same] = self._prompt(record, same.hex()[:16], number)
        if missing:
            keys = take_keys(Prompt, len(missing))
            made = zip(keys, missing.values(), strict=True)
            copy_rows(Prompt, ({"id": key, **columns} for key, columns in made))
            self._prompts |= zip(missing, keys, strict=True)
        return [self._prompts[same] for same in places]

    def _prompt(self, record: Record, digest: str, number: int) -> dict[str, Any]:
        """A prompt as it is stored. What stood before it as a system message is of its origin."""
        prompt_set = self.set_of(record)
        told = {
            "task": record.task, "sample": record.origin.sample, "system": record.system,
        }  # fmt: skip
        return {
            "slug": f"{prompt_set.slug}-{digest}",
            "prompt_set_id": prompt_set.pk,
            "title": title_from(record.prompt.strip())[:120],
            "text": record.prompt,
            "reference": record.reference.strip(),
            "grader": self.grader_of(record),
            "origin": {"source": self.source.title, **{k: v for k, v in told.items() if v}},
            "licence": self.licence_of(record),
            "note": "",
            "position": min(number, LAST_POSITION),
        }


def free_slug(model: type[LanguageModel], name: str, letters: int) -> str:
    """A slug after a name that no row of a model has."""
    wanted = slugify(name)[:letters].strip("-") or "imported"
    taken = set(model.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number = 1
    while (slug := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return slug
