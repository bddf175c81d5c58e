"""What other sites show beside a link to an output: nothing that a judge may not see before."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from evaluations.common.cards import CARD, Card, card_svg
from evaluations.common.lookups import found_or_404
from evaluations.common.pictures import png_response
from evaluations.runs.models import Output
from evaluations.runs.reading import reading


@require_safe
def output_card(request: HttpRequest, output_id: int) -> HttpResponse:
    """Prompt and beginning of a public output: no model, no verdict, names blotted out."""
    shown = found_or_404(
        Output.objects.finished().select_related("run__model", "prompt"),
        f"There is no card of output {output_id}.",
        pk=output_id,
    )
    text = reading(shown, masked=True)
    written = " ".join(step.text for step in text.steps) or text.answer
    card = Card(
        eyebrow="A model was asked this. Is the reply reasoning, and by what definition?",
        title=shown.prompt.title,
        paragraphs=(" ".join(shown.prompt.text.split())[:160], f"“{written.strip()}”"),
        foot=request.build_absolute_uri(shown.get_absolute_url()).partition("://")[2],
    )
    return png_response(request, card_svg(card), f"output-{shown.pk}.png", width=CARD[0])
