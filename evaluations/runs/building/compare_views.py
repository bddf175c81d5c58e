"""Two runs beside each other, for whoever may read both."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named, whole_number
from evaluations.common.tables import Table
from evaluations.prompts.models import Prompt
from evaluations.runs.building.comparing import COMPARE_COLUMNS, Counts, pair_record, pairs_of
from evaluations.runs.models import Output, Run
from evaluations.runs.reading import note_seen

PAGE_SIZE = 25
SHOWN = 1_000
"""Characters of each text on the page; an output's own page has all of it."""
FORMS = {"": "all", "different": "different texts", "moved": "grades that moved"}


class CompareForm(forms.Form):
    """Which two runs, by their numbers, and which of their outputs."""

    a = forms.CharField(label="Run a", widget=forms.NumberInput)
    b = forms.CharField(label="Run b", widget=forms.NumberInput)
    show = forms.ChoiceField(choices=list(FORMS.items()), required=False)

    def __init__(self, request: HttpRequest) -> None:
        asked = {name: named(request.GET, name) for name in ("a", "b", "show")}
        super().__init__(asked if asked["a"] and asked["b"] else None, initial=asked)
        self.readable = Run.objects.to_judge().readable_by(request.user)

    def _run(self, name: str) -> Run:
        number = whole_number(self.cleaned_data[name])
        run = number is not None and self.readable.filter(pk=number).for_list().first()
        if not run:
            raise forms.ValidationError("There is no such run, or you may not read it.")
        return run

    def clean_a(self) -> Run:
        return self._run("a")

    def clean_b(self) -> Run:
        return self._run("b")

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("a") and said.get("a") == said.get("b"):
            self.add_error("b", "Choose another run than a.")
        return said


@require_safe
@never_cache
def run_compare(request: HttpRequest) -> HttpResponse:
    """Outputs of two runs aligned by prompt and sample."""
    form = CompareForm(request)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        a, b, show = (form.cleaned_data[name] for name in ("a", "b", "show"))
        pairs = pairs_of(a, b)
        chosen = {
            "different": [pair for pair in pairs if pair.text == "different"],
            "moved": [pair for pair in pairs if pair.moved],
        }.get(show, pairs)
        page = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
        keys = [each.pk for pair in page for each in (pair.a, pair.b) if each]
        texts = dict(Output.objects.filter(pk__in=keys).values_list("pk", "text"))
        opened = Prompt.objects.filter(outputs__in=keys, prompt_set__for_people=True)
        note_seen(request.user, opened.select_related("prompt_set").distinct())
        context |= {
            "a": a,
            "b": b,
            "page": page,
            "counts": Counts.of(pairs),
            "total": len(pairs),
            "rows": [
                {
                    "pair": pair,
                    "texts": [
                        (each, texts[each.pk][:SHOWN], len(texts[each.pk]) > SHOWN)
                        if each
                        else None
                        for each in (pair.a, pair.b)
                    ],
                }
                for pair in page
            ],
            "query": f"?a={a.pk}&b={b.pk}",
        }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "runs/compare.html", context, status=status)


def compare_table(request: HttpRequest) -> Table | HttpResponse:
    """The same as a file, without the texts."""
    form = CompareForm(request)
    if not form.is_valid():
        return render(request, "runs/compare.html", {"form": form}, status=404)
    a, b = form.cleaned_data["a"], form.cleaned_data["b"]
    rows = [pair_record(pair) for pair in pairs_of(a, b)]
    return Table(
        f"runs-{a.pk}-{b.pk}", COMPARE_COLUMNS, rows,
        lambda rows: {"a": a.pk, "b": b.pk, "outputs": rows},
        public=a.is_public and b.is_public,
    )  # fmt: skip
