"""House rules for templates and colours that a browser would only show one page at a time."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from evaluations.common.bundling import BUNDLES
from evaluations.common.templatetags.marks import (
    STACKED,
    WORDS,
    interval,
    mark,
    mark_shape,
    share_bar,
)

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", re.DOTALL)

FORBIDDEN = {
    "inline style": r"<style\b|\sstyle\s*=",
    "inline script": r"<script\b(?![^>]*\bsrc=)",
    "event attribute": r"<[^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "js: value": r"=\s*[\"']\s*(js|javascript):",
    "trigger filter": r"hx-trigger[\w:]*\s*=\s*(\"[^\"]*\[|'[^']*\[)",
    "htmx 2 attribute": r"\bhx-(ext|disable|vars|history-elt)\b",
    "address elsewhere": r"<(script|link|img|use|iframe)\b[^>]*(src|href)=[\"']https?:",
}
"""Patterns that the Content-Security-Policy would block, or that htmx compiles into functions."""

BROKEN = {
    "inline style": '<p class="a" style="color: red">',
    "inline script": "<script>go()</script>",
    "event attribute": '<button type="button" onclick="go()">',
    "hx-on": '<div hx-on:click="go()">',
    "js: value": "<form hx-vals='js:{a: 1}'>",
    "trigger filter": "<a hx-trigger=\"keyup[key=='Enter']\">",
    "htmx 2 attribute": '<body hx-ext="ptag">',
    "address elsewhere": '<script src="https://cdn.example/x.js"></script>',
}

ON_BACKGROUNDS = {
    4.5: ("ink", "muted", "accent", "danger"),
    3.0: ("edge", "reasoning", "partly", "not-reasoning", "undetermined", "good", "yours"),
}
"""Least contrast of each token on each background: text 4.5, controls and marks 3 (WCAG 2.2)."""


def offences(text: str) -> set[str]:
    bare = COMMENT.sub("", text)
    return {name for name, pattern in FORBIDDEN.items() if re.search(pattern, bare)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_keeps_the_rules(path: Path) -> None:
    assert offences(path.read_text()) == set()
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("name", FORBIDDEN)
def test_each_rule_catches_its_offence(name: str) -> None:
    assert name in offences(BROKEN[name])


def symbols() -> set[str]:
    return set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons.svg").read_text()))


def test_every_symbol_that_is_used_is_in_the_sprite() -> None:
    used = {
        name
        for path in TEMPLATES
        for name in re.findall(r"icons\.svg['\"] %\}#([\w-]+)", path.read_text())
    }
    assert used <= symbols()
    assert {mark_shape(word) for word in WORDS} == set(STACKED) <= symbols()


def test_every_template_that_is_named_exists() -> None:
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"\{% (?:include|extends) ['\"]([^'\"#]+)", path.read_text())
    }
    assert {"base.html", "ui/downloads.html"} <= named
    for name in sorted(named):
        get_template(name)


def test_every_static_file_that_is_named_exists() -> None:
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"\{% static ['\"]([^'\"]+)['\"]", path.read_text())
    }
    assert {"site.css", "site.js", "icons.svg"} <= named
    assert {
        name for name in named - set(BUNDLES) if not (ROOT / "static" / name).is_file()
    } == set()


@pytest.mark.parametrize("value", WORDS)
def test_a_mark_always_comes_with_a_word(value: str) -> None:
    html = mark(value)
    assert f'#{mark_shape(value)}"' in html
    assert f">{WORDS[value]}</span>" in html
    assert ">no answer yet</span>" in mark(value, word="no answer yet")
    assert f">{WORDS[value]}</span>" not in mark(value, silent=True)


def test_a_share_bar_fills_its_width_and_says_its_numbers() -> None:
    counts = {"reasoning": 1, "partly": 0, "not-reasoning": 2, "undetermined": 3}
    html = share_bar(counts)
    assert re.findall(r'<svg x="([\d.]+)%" width="([\d.]+)%"', html) == [
        ("0.00", "16.67"),
        ("16.67", "33.33"),
        ("50.00", "50.00"),
    ]
    assert "1 reasoning, 2 not reasoning, 3 undetermined" in html


def test_an_interval_is_drawn_where_its_numbers_say() -> None:
    html = interval(low=0.25, high=0.75, estimate=0.5)
    assert 'd="M0.2500 .5H0.7500"' in html
    assert 'd="M0.5000 .5h.0001"' in html
    assert "open" not in html


def luminance(colour: str) -> float:
    """Relative luminance of a #rrggbb colour (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def palette(theme: int) -> dict[str, str]:
    """Colour tokens of the light (0) or the dark (1) theme."""
    text = (ROOT / "static/css/tokens.css").read_text()
    colours = {
        name: (light, dark)[theme]
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", text)
    }
    aliases = dict(re.findall(r"--([\w-]+): var\(--([\w-]+)\);", text))
    return colours | {name: colours[target] for name, target in aliases.items()}


def test_contrast_is_measured_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_tokens_have_contrast(theme: int) -> None:
    colours = palette(theme)
    too_low = [
        f"{name} on {background}: {contrast(colours[name], colours[background]):.2f}"
        for least, names in ON_BACKGROUNDS.items()
        for name in names
        for background in ("paper", "wash", "tint")
        if contrast(colours[name], colours[background]) < least
    ]
    assert too_low == []
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
