"""A release described in Croissant 1.0, as small as its readers allow: the data card says more."""

import datetime as dt
from typing import Any, Final

from evaluations.exchange.studies.archive import Archive
from evaluations.leaderboards.snapshots.citations import SITE

TYPES: Final = {bool: "sc:Boolean", int: "sc:Integer", float: "sc:Float", str: "sc:Text"}
"""Fields that hold lists or objects are left to the data card."""
ALIKE: Final = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty",
    "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
    "source", "subField", "transform",
)  # fmt: skip
CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in ALIKE},
}
NAME: Final = "by-what-definition"
Record = dict[str, Any]


def croissant(archive: Archive, *, title: str, about: str, site: str, day: dt.date) -> Record:
    """The description of the files of JSON Lines that were written so far."""
    named = sorted(archive.fields)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": NAME,
        "alternateName": title,
        "description": about,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "url": f"{site}/data/",
        "creator": {"@type": "sc:Organization", "name": SITE},
        "datePublished": day.isoformat(),
        "version": f"{day:%Y.%-m.%-d}",
        "citeAs": f"{SITE} ({day.year}). {title}, taken on {day.isoformat()}. {site}".strip(),
        "distribution": [file_object(name, archive.files[name]["sha256"]) for name in named],
        "recordSet": [record_set(name, archive.fields[name]) for name in named],
    }


def file_object(name: str, sha256: str) -> Record:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "application/jsonlines",
        "sha256": sha256,
    }


def record_set(name: str, fields: dict[str, type]) -> Record:
    called = name.removesuffix(".jsonl")
    return {
        "@type": "cr:RecordSet",
        "@id": called,
        "name": called,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{called}/{field}",
                "name": field,
                "dataType": type_of(field, kind),
                "source": {"fileObject": {"@id": name}, "extract": {"column": field}},
            }
            for field, kind in fields.items()
            if kind in TYPES
        ],
    }


def type_of(field: str, kind: type) -> str:
    """Days and times by the names that pandas too takes for such, and so who reads with it."""
    return "sc:DateTime" if kind is str and field.endswith("_at") else TYPES[kind]
