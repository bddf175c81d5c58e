"""What every page about one definition's board begins with: the version, the question, the form."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named
from evaluations.definitions.lookups import version_or_404
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.models import Answer, Judgment
from evaluations.leaderboards.boards.criteria import judge_url
from evaluations.leaderboards.boards.forms import DAYS, QuestionForm, Unreadable, question_from
from evaluations.leaderboards.boards.questions import (
    NOT_PUBLIC,
    chips_of,
    choice,
    fields_of,
    in_words,
    link,
)
from evaluations.leaderboards.boards.rows import BY
from evaluations.leaderboards.boards.standings import Question, matrix_for
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.leaderboards.matrix.graders import graders_in_words

Shown = TypeVar("Shown")
ASKED = frozenset(QuestionForm.base_fields)
"""Parameters that the form sets itself."""
PASSING = frozenset({"by", "page", "was", "becomes"})
"""Parameters that mean nothing to another choice of judgments, or that the form keeps itself."""


def version_in_force(slug: str) -> DefinitionVersion:
    """The version of a definition in force with its pins, or a 404 that names it.

    Retired and merged definitions keep their pages and boards.
    """
    kept = next((it for it in curated_versions() if it.definition.slug == slug), None)
    if kept is not None:
        return kept
    versions = DefinitionVersion.objects.in_force().with_pins()
    return found_or_404(versions, f"There is no definition “{slug}”.", definition__slug=slug)


def versions_in_force(slugs: Sequence[str]) -> dict[str, DefinitionVersion]:
    """The same of several definitions, by their slugs."""
    found = {it.definition.slug: it for it in curated_versions() if it.definition.slug in slugs}
    others = DefinitionVersion.objects.in_force().with_pins()
    if missing := set(slugs) - found.keys():
        found |= {it.definition.slug: it for it in others.filter(definition__slug__in=missing)}
    for slug in slugs:
        if slug not in found:
            raise Http404(f"There is no definition “{slug}”.")
    return found


def version_asked(request: HttpRequest, slug: str) -> DefinitionVersion:
    """The version that `version` in the URL names, else the one in force, with its pins.

    Boards of earlier versions stay, so that a link to one gives the numbers of that one.
    """
    number = named(request.GET, "version")
    return version_or_404(slug, number) if number else version_in_force(slug)


def board_asked(
    request: HttpRequest,
    slug: str,
    *,
    by: bool = False,
    sharpens: bool = False,
    with_people: bool = False,
) -> tuple[DefinitionVersion, Question, dict[str, str]]:
    """Version and question of a board's URL, and its parameters without defaults."""
    version = version_asked(request, slug)
    question, fields = asked_of(request, by=by, sharpens=sharpens, with_people=with_people)
    if not version.is_current:
        fields["version"] = str(version.number)
    return version, question, fields


def as_of() -> Any:
    """When the newest judgment that answers anything was saved, by its key; None before the first.

    Kept with the matrix, which changes with each answer: whether a judgment is for everybody takes
    longer to ask than any other query of a board.
    """

    def read() -> Any:
        answered = Exists(Answer.objects.filter(judgment=OuterRef("pk")))
        newest = Judgment.objects.for_everybody().filter(answered).order_by("-pk")
        return newest.values_list("created_at", flat=True).first()

    return current_matrix().figures.once("as of", read)


def foot_of(request: HttpRequest, path: str) -> str:
    """The line below a picture: whence it is, as of when, and its licence."""
    newest = as_of()
    day = f", judgments as of {newest:%-d %B %Y}" if newest else ""
    return f"{request.build_absolute_uri(path).partition('://')[2]}{day}. CC BY 4.0"


def as_of_text() -> str | None:
    """The same as ISO 8601 text."""
    newest = as_of()
    return newest.isoformat() if newest else None


def about(question: Question) -> dict[str, Any]:
    """What a file says of the question that it answers, as of when, and by what is graded."""
    return {
        "question": in_words(question),
        "as_of": as_of_text(),
        "graded_by": graded_by(question) or None,
    }


def graded_by(question: Question) -> str:
    """The versions that graded the outputs in a question's scope, in words."""
    held = matrix_for(question)
    return graders_in_words(held.graded_by[held.within(question.scope)])


def yours(request: HttpRequest) -> int | None:
    """The judge of a guest, whose judgments the default board leaves out."""
    who = visitor(request)
    return who.judge.pk if who.is_guest and who.judge is not None else None


def by_from(request: HttpRequest) -> str:
    """What a row of the board is: "recipe" for model and recipe, or "model"."""
    return choice(request.GET, "by", BY)


def asked_of(
    request: HttpRequest, *, by: bool = False, sharpens: bool = False, with_people: bool = False
) -> tuple[Question, dict[str, str]]:
    """The question of a URL, and its parameters without defaults, rows included if *by*."""
    question = question_from(request.GET, request, sharpens=sharpens, with_people=with_people)
    fields = fields_of(question)
    if by and by_from(request) != BY[0]:
        fields["by"] = by_from(request)
    return question, fields


def form_context(
    request: HttpRequest,
    question: Question,
    fields: dict[str, str],
    errors: Any = None,
    *,
    sharpens: bool = False,
    is_dated: bool = True,
) -> dict[str, Any]:
    """What `leaderboards/question_form.html` draws: the choices above a board as chips.

    `chosen_rows` is what the form keeps: whatever else the address says.

    Args:
        is_dated: whether the page says as of when it is.
    """
    typed = {name: request.GET.get(name, "") for name in DAYS}
    form = QuestionForm(initial={**fields, **typed}, request=request, sharpens=sharpens)
    return {
        "chosen_rows": {
            name: value for name, value in request.GET.items() if name not in ASKED | PASSING
        },
        "question": question,
        # Only a page that has no form says it in a sentence, which asks for what is named.
        "question_words": partial(in_words, question),
        "chips": chips_of(question),
        "not_public": NOT_PUBLIC if question.beyond is not None else "",
        "form": form,
        "offered": form.offer(),
        "question_errors": errors or {},
        "fields": fields,
        "query": link("", fields) if fields else "",
        "as_of": as_of() if is_dated else None,
        "graded_by": partial(graded_by, question),
    }


def board_context(
    request: HttpRequest, version: DefinitionVersion, question: Question, fields: dict[str, str]
) -> dict[str, Any]:
    """What every other way to look at a definition's board draws around its numbers."""
    return {
        "version": version,
        "definition": version.definition,
        "judge_url": judge_url(version),
        "board": link(reverse("leaderboard", args=[version.definition.slug]), fields),
        **form_context(request, question, fields),
    }


def readable(view: Callable[..., Shown]) -> Callable[..., Shown | HttpResponse]:
    """Answers 422 where the days of a URL cannot be read: the form as it was typed, with a
    sentence for each; as text, JSON or a frame where one was asked for."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Shown | HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Unreadable as refusal:
            return refused(request, refusal, kwargs.get("slug", ""))

    return guarded


def refused(request: HttpRequest, refusal: Unreadable, slug: str) -> HttpResponse:
    """The answer to days that cannot be read."""
    if request.path.endswith(".json"):
        return JsonResponse({"errors": refusal.errors}, status=422)
    if request.path.endswith(".csv"):
        text = " ".join(refusal.errors.values())
        return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=422)
    if request.path.endswith("/embed/"):
        board = request.build_absolute_uri(reverse("leaderboard", args=[slug]))
        name = version_in_force(slug).definition.name
        said = {"heading": name, "address": board, "problems": refusal.errors}
        return render(request, "leaderboards/embed.html", said, status=422)
    fields = fields_of(refusal.question)
    number = request.GET.get("version", "")
    version = {"version": number} if number else {}
    context = {
        "definition": version_in_force(slug).definition if slug else None,
        "by": request.GET.get("by", ""),
        "back": link(reverse("leaderboard", args=[slug]), version)
        if slug
        else reverse("leaderboards"),
        "of_pairs": "/pairwise" in request.path,
        **form_context(request, refusal.question, fields, refusal.errors),
    }
    return render(request, "leaderboards/question_refused.html", context, status=422)
