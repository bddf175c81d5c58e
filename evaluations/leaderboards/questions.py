"""What a board was asked, read from and written to the URL."""

from urllib.parse import urlencode

from django.http import Http404, QueryDict

from evaluations.common.parameters import named
from evaluations.leaderboards.matrix import Selection
from evaluations.leaderboards.standings import COMBINE, Question
from evaluations.runs.models import LanguageModel, Recipe

ROADS = ("computed", "direct")
UNTICKED_OR_TICKED = ("0", "1")
COMBINE_WORDS = {
    "median": "the median of the judges' answers to each criterion, then the rule",
    "majority": "the rule for each judge who answered all of it, then the majority",
    "any": "the rule for each judge who answered all of it; one judge is enough",
    "all": "the rule for each judge who answered all of it; all must agree",
}


def choice(parameters: QueryDict, name: str, choices: tuple[str, ...]) -> str:
    value: str = parameters.get(name) or choices[0]
    if value not in choices:
        raise Http404(f"“{value}” is not a choice for “{name}”: choose {', '.join(choices)}.")
    return value


def question_from(parameters: QueryDict) -> Question:
    """The question that a board's URL asks; nothing given means the declared defaults.

    Raises:
        Http404: for a value that is no choice, with a sentence that lists the choices.
    """
    return Question(
        selection=Selection(
            guests=choice(parameters, "guests", UNTICKED_OR_TICKED) == "1",
            models=choice(parameters, "models", UNTICKED_OR_TICKED) == "1",
            unblinded=choice(parameters, "unblinded", UNTICKED_OR_TICKED) == "1",
        ),
        combine=choice(parameters, "combine", COMBINE),
        road=choice(parameters, "road", ROADS),
    )


def fields_of(question: Question) -> dict[str, str]:
    """The question as URL parameters without its defaults; empty for the default board."""
    selection = question.selection
    fields = {
        "guests": "1" if selection.guests else "",
        "models": "1" if selection.models else "",
        "unblinded": "1" if selection.unblinded else "",
        "combine": "" if question.combine == COMBINE[0] else question.combine,
        "road": "" if question.road == ROADS[0] else question.road,
    }
    return {name: value for name, value in fields.items() if value}


def query_of(question: Question) -> str:
    """The question as a query string without its defaults; empty for the default board."""
    return urlencode(fields_of(question))


def in_words(question: Question) -> str:
    """Which judgments count and how they combine, as one sentence for the page."""
    selection = question.selection
    who = ["signed-in people"]
    if selection.guests:
        who.append("guests")
    if selection.models:
        who.append("model judges")
    blind = "blind or not" if selection.unblinded else "blind"
    people = who[0] if len(who) == 1 else ", ".join(who[:-1]) + " and " + who[-1]
    if question.road == "direct":
        return (
            f"Direct classifications of the wording by {people}, current and {blind}; several "
            "judges combine by the median."
        )
    return (
        f"Judgments by {people}, current and {blind}; several judges combine by "
        f"{COMBINE_WORDS[question.combine]}."
    )


def model_and_recipe(parameters: QueryDict) -> tuple[LanguageModel | None, Recipe | None]:
    """The model and the recipe that a URL narrows a list to, where it names them."""
    found: list[LanguageModel | Recipe | None] = []
    for name, kind in (("model", LanguageModel), ("recipe", Recipe)):
        slug = named(parameters, name)
        if not slug:
            found.append(None)
            continue
        row = kind.objects.filter(slug=slug).first()  # type: ignore[attr-defined]
        if row is None:
            raise Http404(f"There is no {name} “{slug}”.")
        found.append(row)
    return found[0], found[1]  # type: ignore[return-value]
