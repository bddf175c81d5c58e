"""Prompts with what was written to them. They stand here since the pages show outputs."""

from itertools import groupby

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.prompts.models import Prompt, PromptSet, Relation
from evaluations.runs.models import Output
from evaluations.runs.openings import with_opening
from evaluations.runs.records import PROMPT_COLUMNS, prompt_record
from evaluations.runs.views import may_run

PAGE_SIZE = 25


def outputs_by_prompt() -> dict[int, int]:
    """Prompt to the number of its outputs that can be read. Makes one query."""
    counted = Output.objects.finished().order_by().values("prompt").annotate(n=Count("pk"))
    return dict(counted.values_list("prompt", "n"))


@require_safe
def prompts(request: HttpRequest) -> HttpResponse:
    """Every prompt, set by set."""
    counts = outputs_by_prompt()
    listed = Prompt.objects.for_list()
    by_set = {
        key: [{"prompt": prompt, "outputs": counts.get(prompt.pk, 0)} for prompt in group]
        for key, group in groupby(listed, key=lambda prompt: prompt.prompt_set_id)
    }
    context = {
        "sections": [
            {"set": prompt_set, "rows": by_set.get(prompt_set.pk, [])}
            for prompt_set in PromptSet.objects.for_list()
        ],
        "total": len(listed),
        "may_run": may_run(request),
    }
    return render(request, "runs/prompts.html", context)


def prompts_table(request: HttpRequest) -> Table:
    counts = outputs_by_prompt()
    rows = [prompt_record(prompt, counts.get(prompt.pk, 0)) for prompt in Prompt.objects.for_list()]
    return Table("prompts", PROMPT_COLUMNS, rows, lambda rows: {"prompts": rows})


@require_safe
def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    """One prompt: its text, its family, and every output written to it."""
    shown = found_or_404(Prompt.objects.for_list(), f"There is no prompt “{slug}”.", slug=slug)
    written = (
        with_opening(Output.objects.finished().with_first().filter(prompt=shown))
        .select_related("run__model", "run__recipe")
        .order_by("run__model__position", "run__recipe__position", "run", "sample")
    )
    context = {
        "prompt": shown,
        "family": family_of(shown),
        "origin": sorted(shown.origin.items()) if isinstance(shown.origin, dict) else [],
        "page": Paginator(written, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_run": may_run(request),
    }
    return render(request, "runs/prompt.html", context)


def family_of(prompt: Prompt) -> list[Prompt]:
    """The prompts of the same family, its original first; empty for a prompt without one."""
    if prompt.family_id is None:
        return []
    members = Prompt.objects.filter(family=prompt.family_id).order_by("position", "slug")
    return sorted(members, key=lambda member: member.relation != Relation.ORIGINAL)
