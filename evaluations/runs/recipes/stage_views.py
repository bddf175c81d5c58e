"""How an output with a plan was written: its stages, and which reply was kept."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.accounts.models import User
from evaluations.common.lookups import found_or_404
from evaluations.runs.models import Output, Plan, Stage
from evaluations.runs.reading import note_seen


def shown(stage: Stage, choice: dict[str, Any] | None) -> dict[str, Any]:
    """A stage with what it counted as, where replies were chosen from."""
    found = choice["found"][stage.number] if choice else None
    return {
        "stage": stage,
        "kept": choice is not None and choice["kept"] == stage.number,
        "tied": choice is not None and stage.number in choice["tied"],
        "found": f"score {found:g}" if isinstance(found, float) else found,
        # What stands before the site's own words was shown with the stages before.
        "begins_anew": stage.prefix == stage.added,
    }


def note_on(output: Output, user: User | AnonymousUser) -> str:
    """Why a reply was kept, where more is to be said than which; may quote the reference.

    Whoever is not shown that is told of what kind it is.
    """
    choice = output.choice or {"note": "", "found": []}
    note, prompt = str(choice["note"]), output.prompt
    by_grader = output.run.recipe.plan == Plan.BEST_OF
    if not note or not by_grader or not prompt.reference or prompt.reference_for(user):
        return note
    if any(score is not None for score in choice["found"]):
        return "Not every reply could be graded; of those that could, the best is kept."
    return "The replies could not be graded. The first is kept."


@require_safe
@never_cache
def output_stages(request: HttpRequest, output_id: int) -> HttpResponse:
    """Every stage of an output, in order, with the words of the site told from the model's."""
    output = found_or_404(
        Output.objects.written().readable_by(request.user).for_reading(),
        f"There is no output {output_id} that was written.",
        pk=output_id,
    )
    note_seen(request.user, [output.prompt])
    written = output.reused_from or output
    stages = [shown(stage, output.choice) for stage in written.stages.order_by("number")]
    context = {"output": output, "recipe": output.run.recipe, "stages": stages,
               "note": note_on(output, request.user)}  # fmt: skip
    return render(request, "runs/stages.html", context)
