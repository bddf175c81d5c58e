"""A row of a frozen board as the aggregate file of Every Eval Ever: a share, and each criterion.

Of what the schema has no field for, what fits into words stands in `additional_details` and
`details`; the rest is told in the report.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evaluations import __version__
from evaluations.exchange.eee.rulings import Row, Rulings
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.citations import SITE, name_of
from evaluations.leaderboards.snapshots.hash import METHODS
from evaluations.rules import CODES
from evaluations.runs.models import LanguageModel, Recipe, Run

SCHEMA: Final = "0.3.0"
LIBRARY: Final = "by-what-definition"
LEVELS: Final = ("no", "partly", "yes")
"""By score, from 0; -1 is unknown, as the codes of answers have it."""
IN_FIELDS: Final = frozenset(
    {"definition", "definition_version", "name", "model", "recipe", "share", "low", "high"}
)
"""Columns of a board that have a field of their own here."""
LEVEL: Final = 0.95
HUB: Final = re.compile(r"^[\w.-]+/[\w.-]+$")
Record = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """A row with all that names it: what its files are called follows from the snapshot's hash."""

    snapshot: Snapshot
    model: LanguageModel
    recipe: Recipe | None
    record: Mapping[str, Any]
    runs: Sequence[Run]
    site: str

    @property
    def row(self) -> Row:
        return self.model.pk, self.recipe.pk if self.recipe else None

    @property
    def slug(self) -> str:
        return self.snapshot.version.definition.slug

    @property
    def uuid(self) -> uuid.UUID:
        """Made from the hash, so that the same row has the same name whenever it is written."""
        told = json.dumps([self.snapshot.digest, *self.row])
        return uuid.UUID(bytes=hashlib.sha256(told.encode()).digest()[:16], version=4)

    @property
    def folder(self) -> str:
        maker = re.sub(r"[^\w.-]+", "-", self.model.maker.lower()).strip("-") or "unknown"
        return f"data/{self.slug}/{maker}/{self.model.slug}"

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.uuid}.json"

    @property
    def samples_path(self) -> str:
        return f"{self.folder}/{self.uuid}_samples.jsonl"

    @property
    def model_id(self) -> str:
        """As on the Hugging Face hub where it is there, else maker and name."""
        if self.model.endpoint_id is None and self.model.backend and HUB.match(self.model.path):
            return self.model.path
        return self.folder.partition("/")[2].partition("/")[2]

    @property
    def timestamp(self) -> str:
        return str(int(self.snapshot.created_at.timestamp()))

    @property
    def evaluation(self) -> str:
        recipe = f"-{self.recipe.slug}" if self.recipe else ""
        named = f"{self.slug}-v{self.snapshot.version.number}{recipe}"
        return f"{named}/{self.model_id.replace('/', '_')}/{self.timestamp}"

    def result(self, criterion: str = "") -> str:
        """The name of a result within the evaluation."""
        return f"{self.evaluation}#{criterion or 'share'}"

    @property
    def address(self) -> str:
        return f"{self.site}{self.snapshot.get_absolute_url()}"


def aggregate(named: Named, rulings: Rulings | None, samples: Mapping[str, Any] | None) -> Record:
    """The aggregate file of a row whose rule was asked.

    Args:
        samples: `sha256` and `lines` of its samples file, None where it has none.
    """
    results = [share_result(named)]
    if rulings is not None:
        results += [criterion_result(named, rulings, key) for key in rulings.columns]
    found: Record = {
        "schema_version": SCHEMA,
        "evaluation_id": named.evaluation,
        "evaluation_timestamp": named.timestamp,
        "retrieved_timestamp": named.timestamp,
        "source_metadata": source_of(named),
        "eval_library": {"name": LIBRARY, "version": __version__},
        "model_info": model_of(named),
        "evaluation_results": results,
    }
    if samples is not None:
        found["detailed_evaluation_results"] = {
            "format": "jsonl",
            "file_path": named.samples_path,
            "hash_algorithm": "sha256",
            "checksum": samples["sha256"],
            "total_rows": samples["lines"],
        }
    return found


def source_of(named: Named) -> Record:
    snapshot = named.snapshot
    withdrawn = snapshot.withdrawn_at
    return {
        "source_name": SITE,
        "source_type": "evaluation_run",
        "source_organization_name": SITE,
        **({"source_organization_url": named.site} if named.site else {}),
        "evaluator_relationship": "third_party",
        "additional_details": words_of(
            {
                "snapshot": named.address,
                "sha256": snapshot.digest,
                "frozen_at": snapshot.created_at.isoformat(),
                "question": snapshot.question_words,
                "method": METHODS.get(snapshot.method_version, ""),
                "method_version": snapshot.method_version,
                "human_judges": snapshot.judges,
                "judgments": snapshot.judgments,
                "withdrawn": withdrawn and f"{withdrawn.date()}: {snapshot.withdrawn_reason}",
                "licence": "CC-BY-4.0",
            }
        ),
    }


def model_of(named: Named) -> Record:
    model = named.model
    loaded = model.endpoint_id is None and bool(model.backend)
    return {
        "name": model.name,
        "id": named.model_id,
        "developer": model.maker or "unknown",
        **({"inference_engine": {"name": model.backend.rpartition(".")[2]}} if loaded else {}),
        "additional_details": {
            "deployment_type": "self_deployed" if loaded else "unknown",
            "model_availability": "open_weights" if loaded else "unknown",
            **words_of(
                {
                    "revision": model.revision,
                    "gguf_file": model.gguf_file,
                    "licence": model.licence,
                    "parameters": model.parameters,
                    "people": "This row is what people wrote by hand." if model.is_people else "",
                }
            ),
        },
    }


def share_result(named: Named) -> Record:
    """The share of outputs that meet the definition."""
    record, version = named.record, named.snapshot.version
    score: Record = {
        "score": record["share"],
        "details": words_of(
            {name: value for name, value in record.items() if name not in IN_FIELDS}
        ),
    }
    if record["low"] is not None:
        score["uncertainty"] = {
            "confidence_interval": {
                "lower": record["low"],
                "upper": record["high"],
                "confidence_level": LEVEL,
                "method": "clustered by prompt and family, Student's t; else Wilson",
            },
            "num_samples": record["n"],
        }
    return result_of(
        named,
        "",
        metric={
            "evaluation_description": version.statement,
            "metric_id": f"{LIBRARY}.share",
            "metric_name": f"Share of outputs that are reasoning by “{name_of(named.snapshot)}”",
            "metric_kind": "proportion",
            "metric_unit": "proportion",
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": 0,
            "max_score": 1,
            "additional_details": words_of(
                {
                    "definition": named.slug,
                    "definition_version": version.number,
                    **named.snapshot.rule,
                }
            ),
        },
        score=score,
    )


def criterion_result(named: Named, rulings: Rulings, key: str) -> Record:
    """A criterion over the outputs that the share is of: the mean level of those that are known."""
    codes = rulings.columns[key][rulings.asked(named.row)].tolist()
    known = [code for code in codes if code >= 0]
    wording = rulings.version.wordings.get(key)
    return result_of(
        named,
        key,
        metric={
            "evaluation_description": wording.question if wording else key,
            "metric_id": f"{LIBRARY}.criterion.{key}",
            "metric_name": wording.title if wording else key,
            "metric_kind": "level",
            "lower_is_better": False,
            "score_type": "levels",
            "level_names": list(LEVELS),
            "has_unknown_level": True,
            "additional_details": words_of(
                {"criterion": key, "meaning": named.snapshot.rule["meanings"].get(key)}
            ),
        },
        score={
            "score": sum(known) / len(known) if known else CODES["cannot-tell"],
            "details": {
                word: str(codes.count(code)) for word, code in CODES.items() if code in codes
            },
        },
    )


def result_of(named: Named, criterion: str, *, metric: Record, score: Record) -> Record:
    return {
        "evaluation_result_id": named.result(criterion),
        "evaluation_name": f"{named.slug}.{criterion}" if criterion else named.slug,
        "evaluation_timestamp": named.timestamp,
        "source_data": {
            "dataset_name": ", ".join(sorted({run.prompt_set.title for run in named.runs}))
            or "Prompts of this site",
            "source_type": "url",
            "url": [named.address],
        },
        "metric_config": metric,
        "score_details": score,
        **({"generation_config": generation_of(named.recipe)} if named.recipe else {}),
    }


def generation_of(recipe: Recipe) -> Record:
    """How the model was asked: what the schema names, and the rest in words."""
    named = {
        "temperature": recipe.temperature,
        "top_p": recipe.top_p,
        "top_k": recipe.top_k,
        "max_tokens": recipe.max_new_tokens,
        **({"prompt_template": recipe.instruction} if recipe.instruction else {}),
    }
    taken = {"temperature", "top_p", "top_k", "max_new_tokens", "instruction"}
    return {
        "generation_args": named,
        "additional_details": words_of(
            {
                "recipe": recipe.slug,
                **{name: getattr(recipe, name) for name in Recipe.ASKS_BY if name not in taken},
            }
        ),
    }


def words_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as the texts that the schema wants; without what says nothing."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
        if value is not None and value not in ("", [], {})
    }
