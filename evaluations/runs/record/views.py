"""What a server answered, as it came, for those who steer the run."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.lookups import found_or_404
from evaluations.runs.actions import may_steer
from evaluations.runs.models import Output, Response
from evaluations.runs.record.kept import BODIES_LAST


@require_safe
@never_cache
def output_response(request: HttpRequest, output_id: int) -> HttpResponse:
    """The raw answer as plain text that no browser takes for a page."""
    readable = Output.objects.written().readable_by(request.user).select_related("run")
    output = found_or_404(readable, f"There is no output {output_id}.", pk=output_id)
    if not may_steer(output.run, request.user):
        raise PermissionDenied("Only who launched the run, and staff, read what the server sent.")
    response = Response.objects.filter(output=output).first()
    if response is None:
        return plain("No server wrote this output, or what it sent was not kept.\n", 404)
    if not response.body:
        return plain(f"It was cleared after {BODIES_LAST.days} days.\n", 410)
    return plain(response.body)


def plain(text: str, status: int = 200) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
