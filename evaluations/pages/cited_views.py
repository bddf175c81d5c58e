"""What cites an output or a definition: pages of their own, which the pages of both fetch as a
part, since these lie below collections and debates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.folding import folded_among
from evaluations.common.fragments import page_or_fragment, sent_by_htmx
from evaluations.common.lookups import found_or_404
from evaluations.curation.folds import with_folding
from evaluations.debates.lookups import debate_about
from evaluations.debates.models import Statement
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.judges.visitors import visitor
from evaluations.leaderboards.boards.pages import version_in_force
from evaluations.leaderboards.listing.outputs import seen_by
from evaluations.pages.cited import collections_about, collections_with, statements_on
from evaluations.runs.models import Output

NAMED: Final = 5
"""How many of each a page of an output or a definition names; the page of its own names all."""
A_PAGE: Final = 25


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a list: some of its `total`."""

    total: int
    some: Sequence[Any]

    @property
    def has_more(self) -> bool:
        return self.total > len(self.some)


def drawn(request: HttpRequest, **lists: Sequence[Any] | QuerySet[Any]) -> dict[str, Any]:
    """The first few of each list as a part of another page, else a page of each, in step.

    One of the lists is of collections.
    """
    is_part = sent_by_htmx(request)
    size = NAMED if is_part else A_PAGE
    totals = {
        name: each.count() if isinstance(each, QuerySet) else len(each)
        for name, each in lists.items()
    }
    pages = Paginator(range(max(totals.values())), size)
    page = pages.get_page(1 if is_part else request.GET.get("page"))
    start = size * (page.number - 1)
    cut = {
        name: Drawn(totals[name], list(each[start : start + size])) for name, each in lists.items()
    }
    with_folding(cut["collections"].some, request.user)
    return {"page": page, **cut}


@require_safe
@never_cache
def citing_output(request: HttpRequest, output_id: int) -> HttpResponse:
    """Collections and statements that cite an output. What they are about tells what others think
    of it, so nothing is said to whoever has not judged it, nor asked to see the answers."""
    readable = Output.objects.written().readable_by(request.user).for_reading()
    output = found_or_404(readable, f"There is no output {output_id}.", pk=output_id)
    judge = visitor(request).judge
    shown = output.pk in seen_by(judge, [output.pk])
    lists = drawn(
        request,
        collections=collections_with(output) if shown else [],
        statements=statements_on(output) if shown else [],
    )
    statements = lists["statements"]
    folded = folded_among(Statement, [it.pk for it in statements.some], request.user)
    is_cited = lists["collections"].total or statements.total
    if judge is not None and is_cited and request.method != "HEAD":
        # Whoever judges it again after this has read what others think.
        reveal_answers(judge=judge, output=output)
    context = {
        "output": output,
        "shown": shown,
        **lists,
        "said": [(it, folded.get(it.pk, it.text)) for it in statements.some],
    }
    return page_or_fragment(request, "pages/citing_output.html", context, fragment="citing")


@require_safe
@never_cache
def citing_definition(request: HttpRequest, slug: str) -> HttpResponse:
    """The standing counterexamples of the debate about the version in force, and collections."""
    version = version_in_force(slug)
    lists = drawn(
        request,
        standing=debate_about(request, version).standing,
        collections=collections_about(version.definition),
    )
    context = {"version": version, "definition": version.definition, **lists}
    return page_or_fragment(request, "pages/citing_definition.html", context, fragment="citing")
