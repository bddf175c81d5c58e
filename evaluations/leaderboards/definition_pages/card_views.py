"""What other sites show beside a link to a definition or a worked case, and a case for frames."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.cards import CARD, Card, card_svg
from evaluations.common.framing import framed
from evaluations.common.pictures import png_response
from evaluations.leaderboards.boards.pages import version_asked
from evaluations.leaderboards.definition_pages.case_views import case_or_404, curated_on_cases
from evaluations.leaderboards.definition_pages.cases import cases_under


def address_of(request: HttpRequest, path: str) -> str:
    """Where a card leads, as people read it."""
    return request.build_absolute_uri(path).partition("://")[2]


@require_safe
def definition_card(request: HttpRequest, slug: str) -> HttpResponse:
    """Statement and source of a definition, and how it comes out on the worked cases."""
    version = version_asked(request, slug)
    origin = version.origin
    said = f"“{version.statement}”" if version.quoted else version.statement
    source = ", ".join(str(part) for part in (origin.author, origin.year) if part)
    found = cases_under(version.rule, version.absence_policy, list(version.wordings.values()))
    card = Card(
        eyebrow=f"A definition, and what its rule says of {len(found.each)} cases",
        title=version.definition.name,
        paragraphs=(said, source),
        foot=address_of(request, version.definition.get_absolute_url()),
        counts=found.counts,
    )
    return png_response(request, card_svg(card), f"{slug}-card.png", width=CARD[0])


@require_safe
def case_card(request: HttpRequest, case_key: str) -> HttpResponse:
    """A case, and how many definitions say what of it."""
    found = case_or_404(case_key)
    case = found.case
    card = Card(
        eyebrow=f"Same text, {len(found.said)} definitions, different verdicts",
        title=case.name,
        paragraphs=(case.prompt, case.reply) if case.reply else (case.description,),
        foot=address_of(request, case.get_absolute_url()),
        counts=found.counts,
    )
    return png_response(request, card_svg(card), f"{case.key}-card.png", width=CARD[0])


def home_card(request: HttpRequest, case_key: str) -> HttpResponse:
    """The question of the site, and one case that definitions part on."""
    found = curated_on_cases()[case_key]
    card = Card(
        eyebrow="Definitions of reasoning, beside what language models write",
        title="Do language models reason?\nBy what definition?",
        paragraphs=(
            "People answer small questions about what a model wrote. Every definition of "
            "reasoning is a rule over their answers.",
        ),
        foot=address_of(request, "/"),
        counts=found.counts,
        caption=f"One text, {len(found.said)} definitions:",
    )
    return png_response(request, card_svg(card), "card.png", width=CARD[0])


@framed
def case_embed(request: HttpRequest, case_key: str) -> HttpResponse:
    """A worked case for a frame on another site: no scripts, no cookies, nothing of a visitor's."""
    found = case_or_404(case_key)
    address = request.build_absolute_uri(found.case.get_absolute_url())
    context = {"found": found, "case": found.case, "heading": found.case.name, "address": address}
    return render(request, "leaderboards/case_embed.html", context)
