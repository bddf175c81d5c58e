"""The search of the whole site."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named
from evaluations.pages.searching import KINDS, RANKED, did_you_mean, search

MOST_LETTERS = 200
EACH = 5
PAGE_SIZE = 25
EXAMPLES = (
    ("inference", "the word, in any form"),
    ('"not reasoning"', "these words in a row"),
    ("deduction OR induction", "one or the other"),
    ("chain -mathematics", "the first without the second"),
)


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """What is found, five of each kind; all of one kind, a page at a time, where it is named."""
    asked = named(request.GET, "q").strip()[:MOST_LETTERS]
    only = named(request.GET, "kind")
    if only and only not in KINDS:
        raise Http404(f"“{only}” is no kind of thing here: choose {', '.join(KINDS)}.")
    context = {"asked": asked, "only": only, "kinds": KINDS, "examples": EXAMPLES, "ranked": RANKED}
    if asked and only:
        number = page_number(request)
        group = search(KINDS[only], asked, most=PAGE_SIZE, start=(number - 1) * PAGE_SIZE)
        pages = Paginator(range(min(group.count, RANKED)), PAGE_SIZE)
        if group.count and not group.hits:  # past the last page
            number = pages.num_pages
            group = search(KINDS[only], asked, most=PAGE_SIZE, start=(number - 1) * PAGE_SIZE)
        context |= {"groups": [group] if group.count else [], "page": pages.get_page(number)}
    elif asked:
        groups = [search(kind, asked, most=EACH) for kind in KINDS.values()]
        context["groups"] = [group for group in groups if group.count]
    if asked and not context["groups"]:
        context["meant"] = did_you_mean(asked)
    return render(request, "pages/search.html", context)


def page_number(request: HttpRequest) -> int:
    """The page that the address asks for; the first where it names none that can be."""
    pages = Paginator(range(RANKED), PAGE_SIZE)
    return int(pages.get_page(request.GET.get("page")).number)
