"""The search of the whole site."""

from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named
from evaluations.leaderboards.boards.forms import DayField
from evaluations.pages.searching import KINDS, RANKED, Days, did_you_mean, search
from evaluations.pages.verdicts_asked import verdict_meant

MOST_LETTERS = 200
EACH = 5
PAGE_SIZE = 25
EXAMPLES = (
    ("inference", "the word, in any form"),
    ('"not reasoning"', "these words in a row"),
    ("deduction OR induction", "one or the other"),
    ("chain -mathematics", "the first without the second"),
)


class DaysForm(forms.Form):
    """Which days are searched, first and last."""

    since = DayField()
    until = DayField()


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """What is found, five of each kind; all of one kind, a page at a time, where it is named.

    422 for a day that is none, with the form as it was typed.
    """
    asked = named(request.GET, "q").strip()[:MOST_LETTERS]
    only = named(request.GET, "kind")
    if only and only not in KINDS:
        raise Http404(f"“{only}” is no kind of thing here: choose {', '.join(KINDS)}.")
    sent = {name: named(request.GET, name) for name in DaysForm.base_fields}
    form = DaysForm(sent)
    readable = form.is_valid()
    days = Days(**form.cleaned_data) if readable else Days()
    context = {
        "asked": asked, "only": only, "kinds": KINDS, "examples": EXAMPLES, "ranked": RANKED,
        "days": sent, "day_errors": {name: errors[0] for name, errors in form.errors.items()},
        "kept": urlencode({name: value for name, value in sent.items() if value}),
    }  # fmt: skip
    if not readable:
        return render(request, "pages/search.html", context, status=422)
    context["verdict"] = verdict_meant(asked) if asked else None
    if asked and only:
        number = page_number(request)
        group = search(
            KINDS[only], asked, most=PAGE_SIZE, start=(number - 1) * PAGE_SIZE, days=days
        )
        pages = Paginator(range(min(group.count, RANKED)), PAGE_SIZE)
        if group.count and not group.hits:  # past the last page
            number = pages.num_pages
            group = search(
                KINDS[only], asked, most=PAGE_SIZE, start=(number - 1) * PAGE_SIZE, days=days
            )
        context |= {"groups": [group] if group.count else [], "page": pages.get_page(number)}
    elif asked:
        groups = [search(kind, asked, most=EACH, days=days) for kind in KINDS.values()]
        context["groups"] = [group for group in groups if group.count]
    if asked and not context["groups"]:
        context["meant"] = did_you_mean(asked)
    return render(request, "pages/search.html", context)


def page_number(request: HttpRequest) -> int:
    """The page that the address asks for; the first where it names none that can be."""
    pages = Paginator(range(RANKED), PAGE_SIZE)
    return int(pages.get_page(request.GET.get("page")).number)
