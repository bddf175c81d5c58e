"""A collection as files: one item a line, and an archive with a data card and the licences."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.template.loader import render_to_string

from evaluations.curation.closed import without_closed
from evaluations.curation.contents import Record
from evaluations.curation.showing import withdrawn
from evaluations.curation.targets import KINDS

LICENCE: Final = "CC BY 4.0"
NOT_SHARED: Final = ("proprietary", "no redistribution", "not redistributable", "all rights")
"""Words of a licence that forbids passing on what was written under it."""
Address = Callable[[Record], str]


def may_share(licence: str) -> bool:
    """Whether what stands under a licence may be passed on, as far as its name tells."""
    return not any(words in licence.lower() for words in NOT_SHARED)


def shared(contents: Record) -> tuple[list[Record], list[Record]]:
    """The items that may be passed on, and those that may not; texts withdrawn since are gone,
    and all of what is not public."""
    items = without_closed(contents["items"])
    gone = withdrawn({each["output"] for item in items for each in item["outputs"]})
    given: list[Record] = []
    kept_back: list[Record] = []
    for number, item in enumerate(items, start=1):
        licences = [each["model_licence"] for each in item["outputs"]]
        licences += [item["prompt"]["licence"]] if item["prompt"] else []
        record = {"position": number, **item}
        if any(each["output"] in gone for each in item["outputs"]):
            record |= {"withdrawn": True, "excerpt": None, "differ": None}
            record["outputs"] = [
                {name: value for name, value in each.items() if name not in ("trace", "answer")}
                for each in item["outputs"]
            ]
        (given if all(map(may_share, licences)) else kept_back).append(record)
    return given, kept_back


def lines(items: list[Record], address: Address) -> Iterator[str]:
    """One JSON object an item, each with its own address."""
    for item in items:
        yield json.dumps({**item, "url": address(item)}, ensure_ascii=False) + "\n"


def archive(
    contents: Record, address: Address, *, title: str, url: str, citation: str, by: str
) -> bytes:
    """The `.zip`: items, a data card as Hugging Face reads it, Croissant metadata, licences."""
    given, kept_back = shared(contents)
    context: Mapping[str, Any] = {
        "title": title,
        "why": contents["why"],
        "url": url,
        "citation": citation,
        "by": by,
        "items": given,
        "kinds": KINDS,
        "kept_back": [(item, address(item)) for item in kept_back],
        "licence": LICENCE,
        "licences": licences_of(given),
        "quoted_title": json.dumps(title, ensure_ascii=False),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        write(folder, "collection.jsonl", "".join(lines(given, address)))
        write(folder, "README.md", render_to_string("curation/data_card.md", context))
        write(folder, "LICENSES.md", render_to_string("curation/licences.md", context))
        described = json.dumps(croissant(context), ensure_ascii=False, indent=1)
        write(folder, "croissant.json", described)
    return made.getvalue()


def write(folder: zipfile.ZipFile, name: str, text: str) -> None:
    """A file of a fixed date, so that equal contents give equal archives."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    folder.writestr(entry, text)


def licences_of(items: list[Record]) -> list[tuple[str, str]]:
    """Prompts and models with their licences, each once."""
    found = {
        (f"Prompt “{item['prompt']['title']}”", item["prompt"]["licence"])
        for item in items
        if item["prompt"]
    }
    found |= {
        (f"Outputs of {each['model']}", each["model_licence"] or "not stated")
        for item in items
        for each in item["outputs"]
    }
    return sorted(found)


def croissant(context: Mapping[str, Any]) -> Record:
    """Metadata in the Croissant vocabulary: one file, one record set."""
    return {
        "@context": {
            "@vocab": "https://schema.org/",
            "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
        },
        "@type": "sc:Dataset",
        "name": context["title"],
        "description": context["why"],
        "url": context["url"],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "citeAs": context["citation"],
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "collection.jsonl",
                "name": "collection.jsonl",
                "contentUrl": "collection.jsonl",
                "encodingFormat": "application/jsonlines",
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "items",
                "name": "items",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"items/{name}",
                        "name": name,
                        "dataType": kind,
                        "source": {
                            "fileObject": {"@id": "collection.jsonl"},
                            "extract": {"jsonPath": f"$.{name}"},
                        },
                    }
                    for name, kind in (
                        ("position", "sc:Integer"),
                        ("kind", "sc:Text"),
                        ("title", "sc:Text"),
                        ("note", "sc:Text"),
                        ("url", "sc:URL"),
                    )
                ],
            }
        ],
    }
