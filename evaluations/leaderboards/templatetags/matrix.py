"""Cells of the matrix of definitions by models: a page has hundreds, and templates are slow."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from evaluations.common.templatetags.marks import heat, mark, percent
from evaluations.leaderboards.boards.criteria import Lacks

register = template.Library()


@register.simple_tag
def matrix_cell(cell: Mapping[str, Any]) -> SafeString:
    """A `td` from a cell as by `cells.cell_of`: the share with n and interval, or what is
    lacking, each a link; below it what it would be with the visitor's own judgments."""
    drawn = figures(cell) if cell["n"] else nothing(cell)
    if cell["yours"]:
        drawn += format_html(
            '<span class="cell-yours"><span class="visually-hidden">with yours: </span>{}</span>',
            cell["yours"],
        )
    first = " first" if cell["first"] else ""
    return mark_safe(  # noqa: S308 - what is put in is escaped
        f'<td class="heat {heat(cell["share"])}{first}">{drawn}</td>'
    )


def figures(cell: Mapping[str, Any]) -> SafeString:
    """Share, interval and n, one under the other, as one link."""
    inside = (
        f'<b class="cell-share">{percent(cell["share"])}{doubt(cell["doubt"])}</b>'
        f"{thin_interval(cell)}"
        f'<small><span class="visually-hidden">n </span>{localize(cell["n"])}</small>'
    )
    if cell["href"]:
        drawn = f'<a class="cell" href="{escape(cell["href"])}">{inside}</a>'
    else:
        drawn = f'<span class="cell">{inside}</span>'
    return mark_safe(drawn)  # noqa: S308 - numbers and escaped text


def thin_interval(cell: Mapping[str, Any]) -> str:
    """The interval as a line from 0 to 100%, with the share on it; in words for who listens."""
    if cell["low"] is None or cell["high"] is None:
        return ""
    low, high, share = cell["low"], cell["high"], cell["share"]
    return (
        '<svg class="thin" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M0 .5H1"/><path d="M{low:.2f} .5H{high:.2f}"/><path d="M{share:.2f} 0V1"/></svg>'
        f'<span class="visually-hidden">, {percent(low)} to {percent(high)}, </span>'
    )


def doubt(reason: str) -> str:
    """A mark beside a share that should not be leant on, with the reason for who listens; the
    board shows it to everybody."""
    if not reason:
        return ""
    said = escape(reason)
    return (
        '<span class="cell-doubt" aria-hidden="true">?</span>'
        f'<span class="visually-hidden"> in doubt: {said}</span>'
    )


def nothing(cell: Mapping[str, Any]) -> SafeString:
    said = lacking(cell["lacks"]) if cell["lacks"] else "not asked yet"
    inside = f'{mark("undetermined", silent=True)}<span class="visually-hidden">{said}</span>'
    if cell["href"]:
        drawn = f'<a class="cell" href="{escape(cell["href"])}">{inside}</a>'
    else:
        drawn = f'<span class="cell">{inside}</span>'
    return mark_safe(drawn)  # noqa: S308 - escaped text


def lacking(lacks: Lacks) -> str:
    titles = escape(", ".join(wording.title for wording in lacks.wordings))
    return f"{escape(lacks.in_words)}: {titles}"
