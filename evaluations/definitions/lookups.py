"""Definitions and their versions by what a URL says of them, or a 404 that names them."""

from django.http import HttpRequest

from evaluations.common.lookups import found_or_404
from evaluations.definitions.models import Definition, DefinitionVersion


def definition_or_404(request: HttpRequest, slug: str) -> Definition:
    """A definition that the visitor may see: drafts are for their owner and staff."""
    visible = Definition.objects.visible_to(request.user).select_related("merged_into")
    return found_or_404(visible, f"There is no definition “{slug}”.", slug=slug)


def version_or_404(slug: str, number: str) -> DefinitionVersion:
    """A version that anybody may see, with its pins."""
    return found_or_404(
        DefinitionVersion.objects.of_everyone().with_pins(),
        f"There is no version {number} of a definition “{slug}”.",
        definition__slug=slug,
        number=int(number) if number.isdecimal() and len(number) < 7 else 0,
    )
