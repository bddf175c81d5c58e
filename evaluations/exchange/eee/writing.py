"""A frozen board as files of Every Eval Ever, with a report of what they cannot hold."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from django.template.loader import render_to_string

from evaluations.definitions.models import DefinitionVersion
from evaluations.exchange.eee.aggregates import SCHEMA, Named, aggregate
from evaluations.exchange.eee.rulings import rulings_of
from evaluations.exchange.eee.samples import sample_lines
from evaluations.exchange.studies.archive import Archive, Place
from evaluations.exchange.studies.writing import one_moment
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.boards import ways_of
from evaluations.leaderboards.snapshots.citations import plain_citation, title_of
from evaluations.runs.models import LanguageModel, Recipe, Run

FORMAT: Final = f"every-eval-ever-{SCHEMA}"
REPORT: Final = "REPORT.md"
NOT_ASKED: Final = "rows of the board on which nothing was asked: a result wants a score"
NO_NAMES: Final = "rows whose model or recipe is gone"


def write_board(snapshot: Snapshot, place: Place, *, site: str) -> dict[str, Any]:
    """Write an aggregate file and a samples file for each row of a snapshot, a report and a
    manifest, which it gives.

    Args:
        snapshot: with its version and definition.
        site: the site's address, such as https://example.org, for links.
    """
    archive, left_out = Archive(place), Counter[str]()
    with one_moment():
        versions = DefinitionVersion.objects.select_related("definition").with_pins()
        rulings = rulings_of(snapshot, versions.get(pk=snapshot.version_id))
        for named in rows_named(snapshot, site, left_out):
            samples = None
            if rulings is not None:
                archive.add_lines(named.samples_path, sample_lines(named, rulings, left_out))
                samples = archive.files.get(named.samples_path)
            archive.add_json(named.path, aggregate(named, rulings, samples))
    address = f"{site}{snapshot.get_absolute_url()}"
    about = {
        "format": FORMAT,
        "snapshot": address,
        "sha256": snapshot.digest,
        "left_out": {why: count for why, count in sorted(left_out.items()) if count},
    }
    context = {
        **about,
        "title": title_of(snapshot),
        "schema": SCHEMA,
        "citation": plain_citation(snapshot, address),
        "made_again": rulings is not None,
        "sharpened": ways_of(snapshot.question).sharpened,
        "by_models": snapshot.question.get("judges") == "models",
        "rows": sum(name.endswith(".json") for name in archive.files),
        "samples": sum(file.get("lines", 0) for file in archive.files.values()),
    }
    archive.add_text(REPORT, render_to_string("exchange/eee_report.md", context))
    return archive.close(about)


def rows_named(snapshot: Snapshot, site: str, left_out: Counter[str]) -> Iterator[Named]:
    """The rows that were asked, with their models, recipes and runs. Three queries."""
    names = snapshot.names
    models = LanguageModel.objects.in_bulk([name["model_id"] for name in names])
    recipes = Recipe.objects.in_bulk([name["recipe_id"] for name in names if name["recipe_id"]])
    keys = [part["run"] for part in snapshot.runs]
    runs = list(Run.objects.public().filter(pk__in=keys).select_related("prompt_set"))
    for name, record in zip(names, snapshot.rows["records"], strict=True):
        model, recipe = models.get(name["model_id"]), recipes.get(name["recipe_id"] or 0)
        if not record["n"]:
            left_out[NOT_ASKED] += 1
        elif model is None or (recipe is None and name["recipe_id"]):
            left_out[NO_NAMES] += 1
        else:
            yield Named(
                snapshot=snapshot,
                model=model,
                recipe=recipe,
                record=record,
                runs=[
                    run
                    for run in runs
                    if run.model_id == model.pk and (recipe is None or run.recipe_id == recipe.pk)
                ],
                site=site,
            )
