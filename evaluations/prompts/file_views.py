"""The files of a prompt set, which can be brought in again, and an example of one."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.prompts.files import (
    COLUMNS,
    FILE_COLUMNS,
    TEMPLATE,
    as_json_lines,
    in_cells,
    record_of,
)
from evaluations.prompts.models import PromptSet

SAID = ("slug", "title", "description", "limits", "domain", "licence", "source")


def set_or_404(request: HttpRequest, slug: str) -> PromptSet:
    readable = PromptSet.objects.to_answer().readable_by(request.user)
    return found_or_404(readable, f"There is no prompt set “{slug}”.", slug=slug)


def records(request: HttpRequest, prompt_set: PromptSet) -> list[dict[str, object]]:
    """The prompts of a set that runs ask, in its order, as the visitor may read them."""
    asked = prompt_set.prompts.to_be_asked().select_related("family", "prompt_set")
    return [
        record_of(prompt, prompt.reference_for(request.user))
        for prompt in asked.order_by("position", "slug")
    ]


def set_table(request: HttpRequest, slug: str) -> Table:
    """CSV that can be brought in again; JSON has what the set says of itself too."""
    found = set_or_404(request, slug)
    rows = records(request, found)
    said = {name: getattr(found, name) for name in SAID}
    return Table(
        slug,
        FILE_COLUMNS,
        [in_cells(row) for row in rows],
        lambda _: {**said, "prompts": rows},
        public=found.is_public,
    )


@require_safe
@never_cache
def set_lines(request: HttpRequest, slug: str) -> HttpResponse:
    """JSON Lines that can be brought in again."""
    body = as_json_lines(records(request, set_or_404(request, slug)))
    response = HttpResponse(body, content_type="application/jsonlines; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}.jsonl"'
    return response


def template_table(request: HttpRequest) -> Table:
    """Two prompts that show which column holds what."""
    return Table("prompts-template", COLUMNS, TEMPLATE, lambda rows: {"prompts": rows})
