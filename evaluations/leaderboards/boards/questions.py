"""What a board was asked, read from and written to the URL."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import Http404, HttpRequest, QueryDict
from django.utils.formats import date_format

from evaluations.common.parameters import named
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.models import Protocol
from evaluations.judgments.protocols.permissions import may_see
from evaluations.leaderboards.boards.standings import COMBINE, Question
from evaluations.leaderboards.matrix.answers import JUDGES, Scope, Selection
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Recipe

ROADS = ("computed", "direct")
UNTICKED_OR_TICKED = ("0", "1")
WHO = {
    "people": "signed-in people",
    "guests": "signed-in people and guests",
    "models": "model judges",
}
COMBINE_WORDS = {
    "median": "the median of the judges' answers to each criterion, then the rule",
    "majority": "the rule for each judge who answered all of it, then the majority",
    "any": "the rule for each judge who answered all of it; one judge is enough",
    "all": "the rule for each judge who answered all of it; all must agree",
}
DAYS = ("since", "until")
NAMED: Mapping[str, tuple[type[Model], str]] = {
    "prompt_set": (PromptSet, "prompt set"),
    "model": (LanguageModel, "model"),
    "recipe": (Recipe, "recipe"),
    "protocol": (Protocol, "protocol"),
}


class Unreadable(Http404):
    """Dates that cannot be read; a page that keeps the form answers 422 in its place.

    `errors` are sentences by field, `question` what the rest of the URL asks.
    """

    def __init__(self, errors: Mapping[str, str], question: Question) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)
        self.question = question


def choice(parameters: QueryDict, name: str, choices: tuple[str, ...]) -> str:
    value: str = parameters.get(name) or choices[0]
    if value not in choices:
        raise Http404(f"“{value}” is not a choice for “{name}”: choose {', '.join(choices)}.")
    return value


def question_from(parameters: QueryDict, request: HttpRequest | None = None) -> Question:
    """The question that a board's URL asks; nothing given means the declared defaults.

    Makes one query for each of prompt set, model, recipe, protocol and domain that is named.

    Args:
        request: whose visitor may see more protocols than those that were opened.

    Raises:
        Http404: for a value that is no choice, with a sentence that lists the choices, and for
            a name that does not exist or that the visitor may not see.
        Unreadable: for a day that is none, or that ends before it begins.
    """
    protocol = row_named(parameters, "protocol")
    if isinstance(protocol, Protocol) and not visible(protocol, request):
        raise Http404(f"There is no protocol “{protocol.slug}”.")
    keys = {name: key_of(row_named(parameters, name)) for name in ("prompt_set", "model", "recipe")}
    since, until, errors = days_from(parameters)
    road = choice(parameters, "road", ROADS)
    question = Question(
        selection=Selection(
            judges=judges_from(parameters),
            unblinded=choice(parameters, "unblinded", UNTICKED_OR_TICKED) == "1",
            protocol=key_of(protocol),
            since=since,
            until=until,
        ),
        scope=Scope(domain=domain_from(parameters), **keys),
        # Classifications have no criteria to vote over: they combine by the median alone.
        combine=COMBINE[0] if road == "direct" else choice(parameters, "combine", COMBINE),
        road=road,
    )
    if errors:
        raise Unreadable(errors, question)
    return question


def judges_from(parameters: QueryDict) -> str:
    """Whose judgments count. Boards frozen by method 1 say it with `guests=1` and `models=1`."""
    if "judges" not in parameters and parameters.get("models") == "1":
        raise Http404("People and model judges are not put together any more.")
    if "judges" not in parameters and parameters.get("guests") == "1":
        return "guests"
    return choice(parameters, "judges", tuple(JUDGES))


def row_named(parameters: QueryDict, name: str) -> Any:
    """The row whose slug a URL gives, None where it gives none, or a 404 that names it."""
    slug = named(parameters, name)
    if not slug:
        return None
    kind, noun = NAMED[name]
    row = kind._default_manager.filter(slug=slug).first()
    if row is None:
        raise Http404(f"There is no {noun} “{slug}”.")
    return row


def key_of(row: Any) -> int | None:
    return None if row is None else row.pk


def visible(protocol: Protocol, request: HttpRequest | None) -> bool:
    """Whether a board may be narrowed to this protocol: it was opened, or is the visitor's."""
    if protocol.opened_at is not None or request is None:
        return protocol.opened_at is not None
    who = visitor(request)
    return may_see(protocol, who.user, who.judge)


def domain_from(parameters: QueryDict) -> str:
    domain = named(parameters, "domain")
    if domain and not PromptSet.objects.filter(domain=domain).exists():
        raise Http404(f"There is no domain “{domain}”.")
    return domain


def days_from(parameters: QueryDict) -> tuple[dt.date | None, dt.date | None, dict[str, str]]:
    """First and last day, and what is wrong with them by field; a bad day is None."""
    found: dict[str, dt.date | None] = {}
    errors = {}
    for name in DAYS:
        text = (parameters.get(name) or "").strip()
        found[name] = None
        if not text:
            continue
        try:
            found[name] = dt.datetime.strptime(text, "%Y-%m-%d").date()
        except ValueError:
            errors[name] = f"“{text[:40]}” is no day. Write it as year-month-day: 2026-05-31."
    since, until = found["since"], found["until"]
    if since is not None and until is not None and until < since:
        errors["until"] = f"The last day, {until}, is before the first, {since}."
        until = None
    return since, until, errors


def fields_of(question: Question) -> dict[str, str]:
    """The question as URL parameters without its defaults; empty for the default board.

    Makes one query for each of prompt set, model, recipe and protocol that it is narrowed to.
    """
    selection, scope = question.selection, question.scope
    fields = {
        "judges": "" if selection.judges == Selection().judges else selection.judges,
        "unblinded": "1" if selection.unblinded else "",
        "combine": "" if question.combine == COMBINE[0] else question.combine,
        "road": "" if question.road == ROADS[0] else question.road,
        "domain": scope.domain,
        **{name: row.slug for name, row in rows_of_question(question).items()},
        "since": selection.since.isoformat() if selection.since else "",
        "until": selection.until.isoformat() if selection.until else "",
    }
    return {name: value for name, value in fields.items() if value}


def rows_of_question(question: Question) -> dict[str, Any]:
    """The prompt set, model, recipe and protocol that a question is narrowed to, by field."""
    keys = {
        "prompt_set": question.scope.prompt_set,
        "model": question.scope.model,
        "recipe": question.scope.recipe,
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


def in_words(question: Question) -> str:
    """Which judgments count, how they combine and which outputs are looked at, for the page."""
    selection = question.selection
    blind = "blind or not" if selection.unblinded else "blind"
    people = WHO[selection.judges]
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
        f"{COMBINE_WORDS[question.combine]}.{where}"
    )


def saved_in_words(question: Question, rows: Mapping[str, Any]) -> str:
    """Under which protocol and when judgments were given; empty where all count."""
    selection = question.selection
    words = ""
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
    return f" Only outputs {', '.join(parts)}." if parts else ""


def day(date: dt.date) -> str:
    return date_format(date, "j F Y")


@dataclass(frozen=True)
class Select:
    """A choice of the form above a board: value and words of each option, "" for all."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


def selects_for(request: HttpRequest, typed: Mapping[str, str]) -> list[Select]:
    """What a board can be narrowed to. Makes four queries; those with nothing to choose go.

    Args:
        typed: what is chosen now, by field.
    """
    sets = list(PromptSet.objects.filter(is_listed=True))
    domains = sorted({row.domain for row in sets if row.domain})
    protocols = [row for row in Protocol.objects.all() if row.opened_at is not None]
    options: dict[str, tuple[str, list[tuple[str, str]]]] = {
        "domain": ("Domain", [(name, name) for name in domains]),
        "prompt_set": ("Prompt set", [(row.slug, row.title) for row in sets]),
        "model": ("Model", [(row.slug, row.name) for row in LanguageModel.objects.all()]),
        "recipe": ("Recipe", [(row.slug, row.name) for row in Recipe.objects.listed()]),
        "protocol": ("Protocol", [(row.slug, row.title) for row in protocols]),
    }
    selects = []
    for name, (label, values) in options.items():
        chosen = typed.get(name, "")
        if chosen and chosen not in dict(values):
            values = [*values, (chosen, chosen)]
        if values:
            selects.append(Select(name, label, values, chosen))
    return selects
