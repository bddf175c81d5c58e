"""One stylesheet and at most two scripts a page, joined from many small files.

`BundleFinder` offers the bundles to the development server and to `collectstatic` as if they
were files of the project; they are written to the data folder again whenever a source is newer.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from servestatic.storage import CompressedManifestStaticFilesStorage

BUNDLES: dict[str, tuple[str, ...]] = {
    "site.css": tuple(
        f"css/{layer}.css"
        for layer in (
            "reset",
            "tokens",
            "typography",
            "layout",
            "components",
            "forms",
            "tables",
            "judging",
            "marks",
            "steps",
            "pairs",
            "motion",
        )
    ),
    "site.js": (
        "vendor/htmx.min.js",
        "vendor/hx-ptag.min.js",
        "js/submit_once.js",
        "js/live.js",
        "js/theme.js",
        "js/confirm.js",
        "js/copy.js",
        "js/search_key.js",
        "js/collect.js",
        "js/decide.js",
        "js/drag.js",
    ),
    "judging.js": (
        "js/draft.js",
        "js/judging.js",
        "js/skip.js",
        "js/timing.js",
        "js/marks.js",
        "js/caret.js",
        "js/steps.js",
    ),
}
"""Each bundle's sources in order, relative to the folder `static/`."""

CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CSS_SPACE = re.compile(r"\s+")
CSS_AROUND = re.compile(r"\s*([{};,])\s*")
CSS_STRING = re.compile(r"(\"[^\"]*\")")


def stripped_css(text: str) -> str:
    """CSS without comments and needless white space; strings stay as they are."""
    pieces = CSS_STRING.split(CSS_COMMENT.sub("", text))
    for index in range(0, len(pieces), 2):
        pieces[index] = CSS_AROUND.sub(r"\1", CSS_SPACE.sub(" ", pieces[index]))
    return "".join(pieces).replace(";}", "}").strip() + "\n"


def stripped_js(text: str) -> str:
    """A module without lines that only hold a comment, closed in a scope of its own."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("//"))
    body = "\n".join(line for line in lines if line.strip())
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def bundle(name: str, static: Path) -> str:
    """The text of one bundle from the sources under *static*. KeyError for another name.

    Modules may not import one another, so joining them is enough; vendored scripts are already
    small and need the global scope, so they are taken as they are.
    """
    parts = []
    for source in BUNDLES[name]:
        text = (static / source).read_text(encoding="utf-8")
        if source.startswith("vendor/"):
            parts.append(text.rstrip() + "\n;\n")
        elif name.endswith(".css"):
            parts.append(stripped_css(text))
        else:
            parts.append(stripped_js(text))
    return "".join(parts)


def build_bundles(static: Path, target: Path) -> list[Path]:
    """Write every bundle that is older than one of its sources; returns those written."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, sources in BUNDLES.items():
        path = target / name
        newest = max((static / source).stat().st_mtime for source in (*sources, "."))
        newest = max(newest, Path(__file__).stat().st_mtime)
        if path.exists() and path.stat().st_mtime >= newest:
            continue
        text = bundle(name, static)
        # Another process may be reading: it sees the old file or the new one, never half of one.
        half = path.with_name(f".{name}.{os.getpid()}")
        half.write_text(text, encoding="utf-8")
        half.replace(path)
        written.append(path)
    return written


class BundleFinder(BaseFinder):
    """Finds the bundles, building what is out of date first."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.static = Path(settings.BASE_DIR) / "static"
        self.target = Path(settings.DATA_DIR) / "bundles"

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Path of a bundle; an empty list for anything else, as staticfiles expects."""
        if path not in BUNDLES:
            return []
        build_bundles(self.static, self.target)
        found = str(self.target / path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        """Every bundle with the storage that holds it."""
        build_bundles(self.static, self.target)
        storage = FileSystemStorage(location=self.target)
        for name in BUNDLES:
            yield name, storage


# servestatic has no types.
class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed, compressed static files; plain names as long as nothing has been collected.

    So pages can be rendered in a test or in a fresh checkout; after `collectstatic` a name that
    is missing from the manifest is an error again.
    """

    def stored_name(self, name: str) -> str:
        """The hashed name, or *name* itself while there is no manifest."""
        if not self.hashed_files:
            return name
        return str(super().stored_name(name))
