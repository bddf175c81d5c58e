"""Cells of the matrix of definitions by models: a page has hundreds, and templates are slow."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from evaluations.common.templatetags.marks import heat, interval, mark, percent
from evaluations.leaderboards.boards.criteria import Lacks

register = template.Library()


@register.simple_tag
def matrix_cell(cell: Mapping[str, Any]) -> SafeString:
    """A `td` from a cell as by `presentation.cell_of`: the share with n and interval, or what is
    lacking, each a link; below it what it would be with the visitor's own judgments."""
    column, drawn = cell["column"], figures(cell) if cell["n"] else nothing(cell)
    if cell["yours"]:
        drawn += format_html('<span class="cell-yours">with yours: {}</span>', cell["yours"])
    chosen = " chosen" if column["chosen"] else ""
    return mark_safe(  # noqa: S308 - what is put in is escaped
        f'<td data-column="{escape(column["key"])}" class="heat {heat(cell["share"])}{chosen}">'
        f"{drawn}</td>"
    )


def figures(cell: Mapping[str, Any]) -> SafeString:
    share = interval(low=cell["low"], high=cell["high"], estimate=cell["share"], open=cell["open"])
    inside = (
        '<span class="cell-figures">'
        f'<span class="cell-share{" in-doubt" if cell["doubt"] else ""}">'
        f"{percent(cell['share'])}{doubt(cell['doubt'])}</span>"
        f'<span class="cell-n">n {localize(cell["n"])}</span></span>{share}'
    )
    if cell["href"]:
        drawn = f'<a class="cell" href="{escape(cell["href"])}">{inside}</a>'
    else:
        drawn = f'<span class="cell">{inside}</span>'
    return mark_safe(drawn)  # noqa: S308 - numbers and escaped text


def doubt(reason: str) -> str:
    """A mark beside a share that should not be leant on, with the reason for who asks."""
    if not reason:
        return ""
    said = escape(reason)
    return (
        f'<span class="cell-doubt" aria-hidden="true" title="In doubt: {said}">?</span>'
        f'<span class="visually-hidden"> in doubt: {said}</span>'
    )


def nothing(cell: Mapping[str, Any]) -> SafeString:
    said = lacking(cell["lacks"]) if cell["lacks"] else "not asked yet"
    if cell["href"]:
        said = f'<a href="{escape(cell["href"])}">{said}</a>'
    drawn = f'<span class="cell-empty">{mark("undetermined", silent=True)} {said}</span>'
    return mark_safe(drawn)  # noqa: S308 - escaped text


def lacking(lacks: Lacks) -> str:
    titles = escape(", ".join(wording.title for wording in lacks.wordings))
    return f'{escape(lacks.in_words)}<span class="visually-hidden">: {titles}</span>'
