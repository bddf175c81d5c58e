"""What a board was asked, read from and written to the URL."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import Http404, QueryDict
from django.utils.formats import date_format

from evaluations.judgments.models import Protocol
from evaluations.leaderboards.boards.standings import COMBINE, Question
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Recipe, Run

ROADS = {
    "computed": "computed: the rule over answers to criteria",
    "direct": "direct: judges classified against the wording",
}
WHO = {
    "people": "signed-in people",
    "guests": "signed-in people and guests",
    "models": "model judges",
}
SHARPENED = "sharpened"
WHO_OF_BOARDS = {**WHO, SHARPENED: "signed-in people, sharpened by model judges"}
"""Whose judgments a definition's own board may show; all other pages show those of `WHO`."""
JUDGES_SHORT = {
    "people": "signed-in",
    "guests": "signed-in and guests",
    "models": "model judges",
    SHARPENED: "signed-in, sharpened",
}
COMBINE_WORDS = {
    "median": "the median of the judges' answers to each criterion, then the rule",
    "majority": "the rule for each judge who answered all of it, then the majority",
    "any": "the rule for each judge who answered all of it; one judge is enough",
    "all": "the rule for each judge who answered all of it; all must agree",
}
APART_WORDS = (
    ", also for gold items and by judges who did not pass a protocol’s qualification or are set "
    "aside"
)
SHARPENED_WORDS = (
    " Model judges sharpen shares alone, where that is valid: verdicts, ranks and agreement are "
    "people’s."
)
NOT_PUBLIC = "This is on what is not public: others have none like it."
NAMED: Mapping[str, tuple[type[Model], str]] = {
    "prompt_set": (PromptSet, "prompt set"),
    "model": (LanguageModel, "model"),
    "recipe": (Recipe, "recipe"),
    "run": (Run, "run"),
    "protocol": (Protocol, "protocol"),
}


def choice(parameters: QueryDict, name: str, choices: tuple[str, ...]) -> str:
    value: str = parameters.get(name) or choices[0]
    if value not in choices:
        raise Http404(f"“{value}” is not a choice for “{name}”: choose {', '.join(choices)}.")
    return value


def judges_of(question: Question) -> str:
    """Whose judgments a question asks for, as its address says it."""
    return SHARPENED if question.sharpened else question.selection.judges


def fields_of(question: Question) -> dict[str, str]:
    """The question as URL parameters without its defaults; empty for the default board.

    Makes one query for each of prompt set, model, recipe and protocol that it is narrowed to.
    """
    selection, scope = question.selection, question.scope
    fields = {
        "judges": "" if judges_of(question) == Selection().judges else judges_of(question),
        "unblinded": "1" if selection.unblinded else "",
        "apart": "1" if selection.apart else "",
        "chosen": "1" if selection.chosen else "",
        "combine": "" if question.combine == COMBINE[0] else question.combine,
        "road": "" if question.road == next(iter(ROADS)) else question.road,
        "people": "0" if scope.people is False else "",
        "domain": scope.domain,
        **{name: address_of(row) for name, row in rows_of_question(question).items()},
        "since": selection.since.isoformat() if selection.since else "",
        "until": selection.until.isoformat() if selection.until else "",
    }
    return {name: value for name, value in fields.items() if value}


def address_of(row: Any) -> str:
    """How an address names a row: by its slug, or its number where it has none."""
    return str(getattr(row, "slug", row.pk))


def rows_of_question(question: Question) -> dict[str, Any]:
    """The prompt set, model, recipe, run and protocol that a question is narrowed to, by field."""
    keys = {
        "prompt_set": question.scope.prompt_set,
        "model": question.scope.model,
        "recipe": question.scope.recipe,
        "run": question.scope.run,
        "protocol": question.selection.protocol,
    }
    return {
        name: NAMED[name][0]._default_manager.get(pk=key)
        for name, key in keys.items()
        if key is not None
    }


def query_of(question: Question) -> str:
    """The question as a query string without its defaults; empty for the default board."""
    return urlencode(fields_of(question))


def link(path: str, question: Question | Mapping[str, str], **more: str) -> str:
    """An address with the question and *more* parameters, which come first and win."""
    fields = fields_of(question) if isinstance(question, Question) else question
    query = urlencode({**more, **{k: v for k, v in fields.items() if k not in more}})
    return f"{path}?{query}" if query else path


def without_people(question: Question) -> Question:
    """The same question, of models alone."""
    return replace(question, scope=replace(question.scope, people=None))


def in_words(question: Question) -> str:
    """Which judgments count, how they combine and which outputs are looked at, for the page."""
    selection = question.selection
    blind = "blind or not" if selection.unblinded else "blind"
    people = WHO_OF_BOARDS[judges_of(question)]
    rows = rows_of_question(question)
    when = saved_in_words(question, rows)
    where = scope_in_words(question, rows)
    if question.road == "direct":
        return (
            f"Direct classifications of the wording by {people}, current and {blind}{when}; "
            f"several judges combine by the median.{where}"
        )
    return (
        f"Judgments by {people}, current and {blind}{when}; several judges combine by "
        f"{COMBINE_WORDS[question.combine]}.{where}{SHARPENED_WORDS if question.sharpened else ''}"
    )


@dataclass(frozen=True)
class Chip:
    """What one of the choices above a board says; `changed` where it is not the usual."""

    words: str
    changed: bool


def chips_of(question: Question) -> dict[str, Chip]:
    """The choices above a board in a word or two each, by the name of their panel."""
    selection, rows = question.selection, rows_of_question(question)
    judges = JUDGES_SHORT[judges_of(question)]
    if selection.apart:
        judges += ", set apart too"
    if "protocol" in rows:
        judges += f", “{rows['protocol'].title}”"
    blind = "blind or not" if selection.unblinded else "blind"
    served = "served or chosen" if selection.chosen else "served"
    combine = "by the wording" if question.road == "direct" else question.combine
    narrowed = [
        str(getattr(rows[name], "title", "") or rows[name].name)
        for name in ("prompt_set", "model", "recipe")
        if name in rows
    ]
    if "run" in rows:
        narrowed.append(f"run {rows['run'].pk}")
    outputs = ", ".join(filter(None, [question.scope.domain, *narrowed])) or "all outputs"
    if question.scope.people is False:
        outputs += ", people left out"
    days = "any day"
    if selection.since and selection.until:
        days = f"{day(selection.since)} to {day(selection.until)}"
    elif selection.since:
        days = f"since {day(selection.since)}"
    elif selection.until:
        days = f"until {day(selection.until)}"
    usual = {
        "judges": JUDGES_SHORT[Selection().judges], "blind": "blind", "served": "served",
        "combine": COMBINE[0], "outputs": "all outputs", "days": "any day",
    }  # fmt: skip
    said = (judges, blind, served, combine, outputs, days)
    return {
        name: Chip(words, words != usual[name]) for name, words in zip(usual, said, strict=True)
    }


def saved_in_words(question: Question, rows: Mapping[str, Any]) -> str:
    """Under which terms and when judgments were given; empty where nothing but the usual is."""
    selection = question.selection
    words = APART_WORDS if selection.apart else ""
    if selection.chosen:
        words += ", also of outputs that their judges chose themselves"
    if "protocol" in rows:
        words += f", given under the protocol “{rows['protocol'].title}”"
    if selection.since and selection.until:
        words += f", saved from {day(selection.since)} to {day(selection.until)}"
    elif selection.since:
        words += f", saved on {day(selection.since)} or later"
    elif selection.until:
        words += f", saved on {day(selection.until)} or earlier"
    return words


def scope_in_words(question: Question, rows: Mapping[str, Any]) -> str:
    """Which outputs are looked at, as a sentence with a space before; empty where all are."""
    parts = [f"of the domain “{question.scope.domain}”"] if question.scope.domain else []
    if "prompt_set" in rows:
        parts.append(f"to the prompt set “{rows['prompt_set'].title}”")
    if "model" in rows:
        parts.append(f"of {rows['model'].name}")
    if "recipe" in rows:
        parts.append(f"with the recipe “{rows['recipe'].name}”")
    if "run" in rows:
        parts.append(f"of run {rows['run'].pk}")
    words = f" Only outputs {', '.join(parts)}." if parts else ""
    if question.scope.people is False:
        words += " What people wrote by hand has no row."
    if question.beyond is not None:
        words += f" {NOT_PUBLIC}"
    return words


def day(date: dt.date) -> str:
    return date_format(date, "j F Y")
