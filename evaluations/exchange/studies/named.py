"""Studies as a command names them."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from evaluations.accounts.models import User
from evaluations.curation.models import WITHOUT_OWNER, Collection
from evaluations.exchange.studies.study import Study, StudyRefused, study_of
from evaluations.judgments.models import Protocol
from evaluations.runs.models import Run


class NoSuchStudy(Exception):
    """Nothing of this site is named so; the message is for the operator."""


def add_names(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--protocol", metavar="SLUG")
    which.add_argument("--run", type=int, metavar="ID")
    which.add_argument("--collection", metavar="OWNER/SLUG")
    parser.add_argument(
        "--public", action="store_true", help="only what everybody may read, without remarks"
    )
    parser.add_argument(
        "--site", default="", metavar="URL", help="the site's address, for links in the data card"
    )


def study_named(options: Mapping[str, Any]) -> Study:
    """The study that a command names, as staff may read it, or with `public` as everybody.

    Raises:
        NoSuchStudy: where there is none.
    """
    asker = None if options["public"] else User(is_staff=True, is_active=True)
    try:
        return study_of(named(options), asker)
    except StudyRefused as refusal:
        raise NoSuchStudy(str(refusal)) from refusal


def named(options: Mapping[str, Any]) -> Protocol | Run | Collection:
    if (slug := options["protocol"]) is not None:
        protocol = Protocol.objects.select_related("owner").filter(slug=slug).first()
        if protocol is None:
            raise NoSuchStudy(f"There is no protocol “{slug}”.")
        return protocol
    if (key := options["run"]) is not None:
        run = Run.objects.select_related("model", "recipe", "prompt_set").filter(pk=key).first()
        if run is None:
            raise NoSuchStudy(f"There is no run {key}.")
        return run
    owner, slash, slug = options["collection"].strip("/").partition("/")
    if not slash:
        raise NoSuchStudy(f"Name the collection as OWNER/SLUG, not “{owner}”: see its address.")
    rows = Collection.objects.select_related("owner").filter(slug=slug)
    if owner.startswith(WITHOUT_OWNER):
        rows = rows.filter(pk=int(owner[1:]) if owner[1:].isdecimal() else 0)
    else:
        rows = rows.filter(owner__username=owner)
    collection = rows.first()
    if collection is None:
        raise NoSuchStudy(f"There is no collection “{options['collection']}”.")
    return collection
