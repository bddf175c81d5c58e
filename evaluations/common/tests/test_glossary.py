"""Words explained in place: every meaning from the one glossary, each once a page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template

from evaluations.common.glossary import SOURCE, glossary

USED = re.compile(r'{% word "([^"]+)"')
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))


def drawn(source: str) -> str:
    return Template("{% load words %}" + source).render(Context())


def test_every_row_of_the_glossary_is_read() -> None:
    rows = SOURCE.read_text().partition("\n## Glossary\n")[2].splitlines()[4:]
    words = [word.strip().lower() for row in rows for word in row.split("|")[1].split(",")]
    assert list(glossary()) == list(dict.fromkeys(words))
    assert glossary()["coverage"] == (
        "N, share, coverage",
        "outputs on which the whole rule was asked; the part of N that meets it; N out of all "
        "outputs",
    )


def test_meanings_name_no_file_and_hold_no_markup() -> None:
    for words, meaning in glossary().values():
        assert not set("*`|") & set(words + meaning)
        assert ".py" not in meaning or words.startswith("Draft")


def test_a_word_is_a_button_that_opens_its_meaning_without_a_script() -> None:
    page = drawn('{% word "share" %} and {% word "verdict" "verdicts" %}')
    assert '<button type="button" class="word" popovertarget="word-share">share</button>' in page
    assert 'id="word-share" popover><strong>N, share, coverage</strong>: outputs on' in page
    assert 'popovertarget="word-verdict">verdicts</button>' in page
    assert "title=" not in page, "nothing is for the mouse alone"


def test_a_word_that_nobody_explained_is_refused() -> None:
    with pytest.raises(KeyError):
        drawn('{% word "vibe" %}')


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_explain_words_of_the_glossary_once(path: Path) -> None:
    used = USED.findall(path.read_text())
    assert set(used) <= set(glossary())
    assert len(used) == len(set(used))


def test_boards_definitions_and_judging_explain_their_words() -> None:
    for name in ("leaderboards/leaderboard", "leaderboards/definition", "judgments/judge"):
        assert USED.search(Path(settings.BASE_DIR, "templates", f"{name}.html").read_text()), name
