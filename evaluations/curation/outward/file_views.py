"""The files of a collection, as it is now or as it was frozen: `.jsonl` and `.zip`."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.curation.closed import number_of
from evaluations.curation.contents import Record, contents_of
from evaluations.curation.folds import as_folded
from evaluations.curation.lookups import at_its_address, collection_or_404, retired, version_or_404
from evaluations.curation.outward.citations import plain_citation
from evaluations.curation.outward.files import archive, lines, shared
from evaluations.leaderboards.snapshots.names import Named

TYPES = {"jsonl": "application/jsonlines; charset=utf-8", "zip": "application/zip"}


@require_safe
@never_cache
@at_its_address
def live_file(request: HttpRequest, owner: str, slug: str, form: str) -> HttpResponse:
    """The collection as it is now, verdicts and counts included."""
    found = collection_or_404(request, owner, slug)
    if found.retired_at is not None:
        return retired(request, found)
    url = request.build_absolute_uri(found.get_absolute_url())
    contents = as_folded(found, contents_of(found))
    citation = f"{found.by}. {found.name}. Not frozen: as read on {url}"
    return answer(request, contents, form, slug, url, citation, found.by)


@require_safe
@at_its_address
def version_file(
    request: HttpRequest, owner: str, slug: str, name: Named, form: str
) -> HttpResponse:
    """A frozen version; what was withdrawn since has no text."""
    found = version_or_404(request, owner, slug, name)
    if found.collection.withheld:
        return retired(request, found.collection)
    url = request.build_absolute_uri(found.get_absolute_url())
    contents = as_folded(found.collection, found.contents)
    citation = plain_citation(found, url)
    return answer(
        request, contents, form, f"{slug}-{found.name}", url, citation, found.collection.by
    )


def answer(
    request: HttpRequest,
    contents: Record,
    form: str,
    name: str,
    url: str,
    citation: str,
    by: str,
) -> HttpResponse:
    def address(item: Record) -> str:
        if said := number_of(item):
            return request.build_absolute_uri(reverse("statement", args=[said]))
        for output in item["outputs"]:
            return request.build_absolute_uri(reverse("output", args=[output["output"]]))
        if item["definition"]:
            of = [item["definition"]["slug"], item["definition"]["version"]]
            return request.build_absolute_uri(reverse("definition-version", args=of))
        if item["prompt"]:
            return request.build_absolute_uri(reverse("prompt", args=[item["prompt"]["slug"]]))
        return url

    if form == "zip":
        body: bytes | str = archive(
            contents, address, title=contents["title"], url=url, citation=citation, by=by
        )
    else:
        body = "".join(lines(shared(contents)[0], address))
    response = HttpResponse(body, content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response
