"""What the choices above a board say."""

import re
from html import unescape


def chips_in(page: str) -> dict[str, str]:
    """The words of each chip by the name of its panel."""
    form = page.partition('id="what-counts"')[2].partition("</form>")[0]
    chip = re.compile(
        r"""id="choice-(\w+)"[^>]*><summary><span [^>]*>[^<]*</span>(.*?)</summary>"""
    )
    found = chip.findall(form)
    return {name: unescape(words) for name, words in found}
