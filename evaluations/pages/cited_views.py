"""What cites an output or a definition: pages of their own, which the pages of both fetch as a
part, since these lie below collections and debates."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.folding import FOLDED, folded_among
from evaluations.common.fragments import page_or_fragment, sent_by_htmx
from evaluations.common.lookups import found_or_404
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


@require_safe
@never_cache
def citing_output(request: HttpRequest, output_id: int) -> HttpResponse:
    """Collections and statements that cite an output. What they are about tells what others think
    of it, so nothing is said to whoever has not judged it, nor asked to see the answers."""
    readable = Output.objects.written().readable_by(request.user).for_reading()
    output = found_or_404(readable, f"There is no output {output_id}.", pk=output_id)
    judge = visitor(request).judge
    shown = output.pk in seen_by(judge, [output.pk])
    collections = list(collections_with(output)) if shown else []
    statements = list(statements_on(output)) if shown else []
    if judge is not None and (collections or statements) and request.method != "HEAD":
        # Whoever judges it again after this has read what others think.
        reveal_answers(judge=judge, output=output)
    context = {
        "output": output,
        "shown": shown,
        "named": NAMED,
        "collections": collections,
        "statements": statements,
        "folded": folded_among(Statement, [it.pk for it in statements]),
        "folded_words": FOLDED,
    }
    return page_or_fragment(request, "pages/citing_output.html", context, fragment="citing")


@require_safe
@never_cache
def citing_definition(request: HttpRequest, slug: str) -> HttpResponse:
    """The standing counterexamples of the debate about the version in force, and collections."""
    version = version_in_force(slug)
    standing = debate_about(request, version).standing
    context = {
        "version": version,
        "definition": version.definition,
        "named": NAMED,
        "collections": list(collections_about(version.definition)),
        "standing": standing,
        "shown": standing[:NAMED] if sent_by_htmx(request) else standing,
    }
    return page_or_fragment(request, "pages/citing_definition.html", context, fragment="citing")
