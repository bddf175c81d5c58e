"""The files that every page loads: complete, in order, small, and rebuilt when a source changes."""

import gzip
import hashlib
import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.templatetags.static import static as static_url
from django.test import override_settings

from evaluations.common.bundling import (
    BUNDLES,
    BundledStaticFilesStorage,
    build_bundles,
    bundle,
    stripped_css,
    stripped_js,
)

STATIC = Path(settings.BASE_DIR) / "static"
LAYERS = re.compile(r"@layer ([\w, ]+);")


def squeezed(name: str) -> int:
    return len(gzip.compress(bundle(name, STATIC).encode(), 9, mtime=0))


def test_every_source_is_in_exactly_one_bundle() -> None:
    listed = [source for sources in BUNDLES.values() for source in sources]
    present = [
        str(path.relative_to(STATIC))
        for pattern in ("css/*.css", "js/*.js", "vendor/*.js")
        for path in STATIC.glob(pattern)
    ]
    assert sorted(listed) == sorted(present)


def test_one_file_a_layer_in_the_declared_order() -> None:
    declared = LAYERS.search((STATIC / "css/reset.css").read_text())
    assert declared
    layers = declared[1].split(", ")
    assert [Path(source).stem for source in BUNDLES["site.css"]] == layers
    for layer in layers:
        text = (STATIC / f"css/{layer}.css").read_text()
        assert re.findall(r"@layer (\w+) \{", text) == [layer]
        assert text.count("{") == text.count("}")


def test_modules_stand_alone() -> None:
    for path in (STATIC / "js").glob("*.js"):
        assert not re.search(r"^\s*(import|export)\b", path.read_text(), re.MULTILINE), path.name


def test_sizes_stay_within_the_budget() -> None:
    assert squeezed("site.css") <= 12 * 1024
    assert squeezed("site.js") + squeezed("judging.js") <= 28 * 1024


def test_css_loses_comments_and_space_but_keeps_strings() -> None:
    text = (
        'a {\n  content: "/  a ;  b";  /* why */\n  color: red;\n}\n\n.b   .c { margin: 0 -1px; }'
    )
    assert stripped_css(text) == 'a{content: "/  a ;  b";color: red}.b .c{margin: 0 -1px}\n'


def test_a_module_gets_a_scope_of_its_own() -> None:
    assert (
        stripped_js("// why\n\nconst a = 1;\n") == '(() => {\n"use strict";\nconst a = 1;\n})();\n'
    )


def test_vendored_files_are_the_ones_that_were_recorded() -> None:
    versions = (STATIC / "vendor/VERSIONS.txt").read_text()
    recorded = dict(re.findall(r"^file: (\S+)$.*?^sha256: (\w+)$", versions, re.M | re.S))
    scripts = {path.name: path.read_bytes() for path in (STATIC / "vendor").glob("*.js")}
    assert recorded == {name: hashlib.sha256(data).hexdigest() for name, data in scripts.items()}


def test_bundles_are_rebuilt_only_when_a_source_is_newer(tmp_path: Path) -> None:
    assert {path.name for path in build_bundles(STATIC, tmp_path)} == set(BUNDLES)
    assert build_bundles(STATIC, tmp_path) == []
    os.utime(tmp_path / "judging.js", (1, 1))
    assert build_bundles(STATIC, tmp_path) == [tmp_path / "judging.js"]
    assert (tmp_path / "judging.js").read_text() == bundle("judging.js", STATIC)


def test_the_finder_offers_bundles_and_nothing_else(tmp_path: Path) -> None:
    with override_settings(DATA_DIR=tmp_path):
        finders.get_finder.cache_clear()
        try:
            assert finders.find("site.css") == str(tmp_path / "bundles" / "site.css")
            assert finders.find("site.scss") is None
        finally:
            finders.get_finder.cache_clear()


def test_collected_files_are_hashed_and_compressed(tmp_path: Path) -> None:
    with override_settings(DATA_DIR=tmp_path, STATIC_ROOT=tmp_path / "static"):
        finders.get_finder.cache_clear()
        try:
            before = BundledStaticFilesStorage()
            assert before.url("site.css") == "/static/site.css"
            call_command("collectstatic", "--noinput", verbosity=0)
            after = BundledStaticFilesStorage()
            name = after.stored_name("site.css")
            assert re.fullmatch(r"site\.[0-9a-f]{12}\.css", name)
            assert (tmp_path / "static" / f"{name}.gz").exists()
            with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
                after.stored_name("other.css")
        finally:
            finders.get_finder.cache_clear()


def test_a_page_can_name_its_files_before_anything_is_collected(tmp_path: Path) -> None:
    with override_settings(STATIC_ROOT=tmp_path):
        assert static_url("icons.svg").endswith("icons.svg")
