"""What the drawings in `templates/ui/` need and a template cannot compute."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from django import template
from django.templatetags.static import static
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

WORDS = {
    "reasoning": "reasoning",
    "partly": "partly",
    "not-reasoning": "not reasoning",
    "undetermined": "undetermined",
    "yes": "yes",
    "no": "no",
    "cannot-tell": "cannot tell",
    "not-asked": "not asked in full",
}
SHAPES = {"yes": "reasoning", "no": "not-reasoning", "cannot-tell": "undetermined"}
STACKED = ("reasoning", "partly", "not-reasoning", "undetermined")


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a stacked bar; `x` and `width` are SVG lengths in per cent of the bar."""

    verdict: str
    count: int
    x: str
    width: str


@register.simple_tag
@cache
def icons() -> str:
    """The address of the symbols, looked up once: a big table draws a thousand of them."""
    return static("icons.svg")


@register.simple_tag
@lru_cache(maxsize=1024)
def mark(verdict: str, *, silent: bool = False, word: str = "") -> SafeString:
    """The mark of a verdict or of an answer, with its word, or *word*, for who listens; silent
    where the word stands beside it. A big table draws a thousand: a template would be slow."""
    shape = mark_shape(verdict)
    drawn = format_html(
        '<svg class="mark mark-{}" aria-hidden="true" focusable="false">'
        '<use href="{}"></use></svg>',
        shape,
        f"{icons()}#{shape}",
    )
    if silent:
        return drawn
    return drawn + format_html(
        '<span class="visually-hidden">{}</span>', mark_word(word or verdict)
    )


@register.simple_tag
def marks_in_a_row(answers: Iterable[str]) -> SafeString:
    """The marks of answers one after the other, silent, and a dot for each that is not there."""
    nothing = mark_safe('<span class="mark-none">·</span>')
    return mark_safe(  # noqa: S308 - marks alone
        "".join(mark(answer, silent=True) if answer else nothing for answer in answers)
    )


@register.simple_tag
def share_bar(counts: Mapping[str, int]) -> SafeString:
    """Counts by verdict as a stacked bar, and in words for who listens."""
    segments = stacked(counts)
    drawn = []
    for segment in segments:
        half = '<rect class="partly-half" y="50%" width="100%" height="50%"></rect>'
        gap = '<line class="gap" x1="100%" x2="100%" y2="100%"></line>'
        drawn.append(
            f'<svg x="{segment.x}" width="{segment.width}" height="100%">'
            f'<rect class="{segment.verdict}" width="100%" height="100%"></rect>'
            f"{half if segment.verdict == 'partly' else ''}"
            f"{gap if segment is not segments[-1] else ''}</svg>"
        )
    said = ", ".join(f"{localize(each.count)} {mark_word(each.verdict)}" for each in segments)
    return mark_safe(  # noqa: S308 - numbers and words of our own alone
        f'<svg class="share-bar" aria-hidden="true" focusable="false">{"".join(drawn)}</svg>'
        f'<span class="visually-hidden">{said or "nothing judged yet"}</span>'
    )


@register.simple_tag
def interval(
    *, low: float | None, high: float | None, estimate: float | None, open: float | None = None
) -> SafeString:
    """An estimate with its interval on an axis from 0 to 1; nothing of it is drawn where unknown.

    `open` is where the estimate would be if everything undetermined were met.
    """
    drawn = ['<path class="axis" d="M0 .5H1M0 .2V.8M.5 .3V.7M1 .2V.8"></path>']
    if open is not None and estimate is not None:
        drawn.append(f'<path class="open" d="M{estimate:.4f} .9H{open:.4f}"></path>')
    if low is not None and high is not None:
        drawn.append(f'<path class="range" d="M{low:.4f} .5H{high:.4f}"></path>')
    if estimate is not None:
        drawn.append(f'<path class="estimate" d="M{estimate:.4f} .5h.0001"></path>')
    return mark_safe(  # noqa: S308 - numbers alone are put in
        '<svg class="interval" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false">{"".join(drawn)}</svg>'
    )


@register.filter
def mark_shape(value: str) -> str:
    """The symbol of a verdict or of an answer; anything unknown is drawn as undetermined."""
    shape = SHAPES.get(value, value)
    return shape if shape in STACKED else "undetermined"


@register.filter
def mark_word(value: str) -> str:
    """The word of a verdict or of an answer, as a sentence uses it; other words stay."""
    return WORDS.get(value, value)


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as whole per cent: 0.734 is "73%"; an en dash where there is none."""
    return "–" if share is None else f"{100 * share:.0f}%"


@register.filter
def heat(share: float | None) -> str:
    """The class of a cell's shade, "heat-0" to "heat-4" by fifths of a share; "" without one."""
    return "" if share is None else f"heat-{min(4, int(share * 5))}"


def stacked(counts: Mapping[str, int]) -> list[Segment]:
    """Pieces of a bar from counts by verdict, in the order of the marks; empty ones left out."""
    total = sum(counts.get(verdict, 0) for verdict in STACKED)
    segments = []
    start = 0
    for verdict in STACKED:
        count = counts.get(verdict, 0)
        if count:
            x, width = 100 * start / total, 100 * count / total
            segments.append(Segment(verdict, count, f"{x:.2f}%", f"{width:.2f}%"))
            start += count
    return segments


@register.filter
def p_value(p: float) -> str:
    """What stands behind “p”: "= 0.012", and "< 0.001" for what three decimals cannot show."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


@register.filter
def signed(number: float | None) -> str:
    """A coefficient with two decimals and a real minus sign; a dash where there is none."""
    return "–" if number is None else f"{number:.2f}".replace("-", "−")
