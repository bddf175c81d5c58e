"""A frozen board for Every Eval Ever, as a zip."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.throttle import HOUR, address_of_the_day, take
from evaluations.exchange.eee.writing import write_board
from evaluations.exchange.studies.archive import InZip, zip_in_memory
from evaluations.exchange.studies.export_actions import MOST_OUTPUTS
from evaluations.leaderboards.snapshots.names import Named
from evaluations.leaderboards.snapshots.views import frozen

ZIPS_AN_HOUR: Final = 30
TOO_MANY: Final = f"At most {ZIPS_AN_HOUR} boards an hour can be written for you. Please wait."
TOO_LARGE: Final = (
    "This board rests on {count:,} outputs, too many to be written while you wait. Whoever runs "
    "the site writes it with: manage.py export_snapshot {name} FOLDER"
)
PLAIN: Final = "text/plain; charset=utf-8"


@require_safe
@never_cache
def snapshot_eee(request: HttpRequest, slug: str, name: Named) -> HttpResponse:
    """Aggregate files and samples of a frozen board, for everybody."""
    snapshot = frozen(slug, name)
    if snapshot.outputs > MOST_OUTPUTS:
        said = TOO_LARGE.format(count=snapshot.outputs, name=snapshot.name)
        return HttpResponse(said, content_type=PLAIN, status=413)
    if request.method == "HEAD":
        return HttpResponse(content_type="application/zip")
    who = request.user.pk if request.user.is_authenticated else address_of_the_day(request)
    if not take(f"eee:{who}", capacity=ZIPS_AN_HOUR, refill_seconds=HOUR):
        return HttpResponse(TOO_MANY, content_type=PLAIN, status=429)
    site = request.build_absolute_uri("/").rstrip("/")

    def write(place: InZip) -> None:
        write_board(snapshot, place, site=site)

    called = f"{slug}-{snapshot.name}-every-eval-ever"
    response = HttpResponse(zip_in_memory(called, write), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{called}.zip"'
    return response
