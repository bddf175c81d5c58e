"""Takes a picture of every page that is looked at, in three widths and both themes.

    bin/pictures [FOLDER] [NAME...]

A site of its own is filled with judgments that are made up. Pictures go to FOLDER, `.data/pictures`
where none is said, as `NAME-WIDTH-THEME.png`, and `index.html` shows them; with NAMEs only of
those pages. Prints what a designer would send back; exits with 1 where there is any.
"""

import sys
import tempfile
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import FLAGS, chromium_path
from tests.definition_site import fill_richly
from tests.evening_site import sign_in
from tests.live_site import ROOT, LiveSite
from tests.looks import LOOKED_AT, faults

WIDTHS = (390, 768, 1280)
THEMES = ("light", "dark")


def take(browser: Browser, site: LiveSite, folder: Path, names: list[str]) -> list[str]:
    """Take the pictures; gives what is wrong on the pages."""
    problems = []
    for width in WIDTHS:
        for theme in THEMES:
            context = browser.new_context(
                base_url=site.url,
                viewport={"width": width, "height": 900},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
            )
            page = context.new_page()
            sign_in(page, "ada")
            for name in names:
                page.goto(LOOKED_AT[name])
                page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
                if theme == "light":
                    problems += [f"{name} at {width} px: {fault}" for fault in faults(page)]
            context.close()
    return problems


def write_index(folder: Path, names: list[str]) -> None:
    rows = [
        f"<h2>{escape(name)}</h2><p>"
        + " ".join(
            f'<a href="{name}-{width}-{theme}.png"><img src="{name}-{width}-{theme}.png" '
            f'width="{width // 3}" alt="{width} px, {theme}"></a>'
            for theme in THEMES
            for width in WIDTHS
        )
        + "</p>"
        for name in names
    ]
    head = "<!doctype html><meta charset=utf-8><title>Pictures</title>"
    (folder / "index.html").write_text(head + "\n".join(rows), encoding="utf-8")


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else ROOT / ".data" / "pictures"
    names = arguments[1:] or list(LOOKED_AT)
    if unknown := set(names) - set(LOOKED_AT):
        print(f"No page is named {', '.join(sorted(unknown))}. Names: {', '.join(LOOKED_AT)}.")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        Path(data).chmod(0o755)
        site = LiveSite(Path(data), {"FIRST_RUN": "0"})
        site.start()
        try:
            fill_richly(site)
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
            problems = take(browser, site, folder, names)
            browser.close()
        finally:
            site.stop()
    write_index(folder, names)
    print("\n".join(problems))
    print(f"{len(names) * len(WIDTHS) * len(THEMES)} pictures: {folder / 'index.html'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
