"""Bringing what was read up to date: only what changed is read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.db import connection

from evaluations.leaderboards.matrix.answers import Asking, Counts, Integers, Selection
from evaluations.leaderboards.matrix.blocks import ABSENT, Blocks
from evaluations.leaderboards.matrix.fill import (
    KIND,
    Stored,
    among,
    columns_of,
    questions_of,
    read_answers,
    read_blocks,
    read_domains,
    read_everything,
    read_findings,
    read_forms,
    read_outputs,
    read_wordings,
)
from evaluations.leaderboards.matrix.fresh import Change

# The versions whose qualification shows such outputs.
QUALIFIED_BY = """
SELECT DISTINCT version_id FROM judgments_item WHERE is_gold AND is_qualification
    AND (output_id = ANY(%(outputs)s) OR %(outputs)s::bigint[] IS NULL)
"""
# The versions and judges whose qualification such judgments may decide.
QUALIFIED_ON = """
SELECT DISTINCT i.version_id, m.judge_id FROM judgments_judgment m
    JOIN judgments_item i ON i.is_gold AND i.is_qualification
    LEFT JOIN runs_output o ON o.id = i.output_id
WHERE m.id = ANY(%(judgments)s)
    AND (m.output_id = i.output_id OR m.prompt_id = coalesce(i.prompt_id, o.prompt_id))
"""
FORMS_UNDER = """
WITH forms AS (
    SELECT m.id, m.judge_id, m.form_token
    FROM judgments_judgment m JOIN judgments_item i ON i.id = m.item_id
    WHERE i.version_id = ANY(%(versions)s)
        AND (m.judge_id = ANY(%(judges)s) OR %(judges)s::bigint[] IS NULL)
)
SELECT id FROM forms
UNION SELECT m.id FROM judgments_judgment m JOIN forms USING (judge_id, form_token)
"""
FORMS_BY = "SELECT id FROM judgments_judgment WHERE judge_id = ANY(%(judges)s)"


@dataclass(frozen=True)
class Difference:
    """What changed between two readings: answers that went and came; None for all of them."""

    gone: Blocks | None
    added: Blocks | None


def up_to_date(stored: Stored, changes: Sequence[Change]) -> tuple[Stored, Difference]:
    """What the database has after these changes; reads the parts and keys that they name."""
    keys: dict[str, set[int] | None] = {}
    for change in changes:
        before = keys.get(change.part, set())
        keys[change.part] = (
            None if before is None or change.keys is None else before.union(change.keys)
        )
    if "wordings" in keys:
        wordings = read_wordings()
        if any(wordings.columns.get(pk) != it for pk, it in stored.wordings.columns.items()):
            return read_everything(), Difference(None, None)
        stored = replace(stored, wordings=wordings)
    if "all outputs" in keys:
        keys["outputs"] = None
    keys["judgments"] = forms_again(keys)
    if "outputs" in keys:
        wanted = with_equals(stored, keys["outputs"])
        rows = read_outputs(wanted)
        outputs = rows if wanted is None else stored.outputs.replacing(wanted, rows)
        stored = replace(stored, outputs=outputs, domains=read_domains())
    if "findings" in keys:
        wanted = as_array(keys["findings"])
        rows = read_findings(wanted)
        findings = rows if wanted is None else stored.findings.replacing(wanted, rows)
        stored = replace(stored, findings=findings)
    nothing = Blocks()
    difference = Difference(nothing, nothing)
    if "judges" in keys:
        source = "FROM judgments_judge j WHERE true" + among("j.id", as_array(keys["judges"]))
        blocks = stored.blocks.with_kinds(*columns_of(["j.id", KIND], source))
        if blocks is not stored.blocks:
            stored, difference = replace(stored, blocks=blocks), Difference(None, None)
    if keys["judgments"] != set():
        wanted = as_array(keys["judgments"])
        if wanted is None:
            blocks = read_blocks(stored.wordings)
            return replace(stored, blocks=blocks), Difference(None, None)
        blocks, gone = stored.blocks.without(wanted)
        given, versions = read_answers(among("a.judgment_id", wanted))
        questions = questions_of(versions, stored.wordings)
        blocks, added = blocks.including(read_forms(wanted), given, questions)
        stored = replace(stored, blocks=blocks)
        if difference.gone is not None:
            difference = Difference(gone, added)
    return stored, difference


def forms_again(keys: Mapping[str, set[int] | None]) -> set[int] | None:
    """The judgments to read again; None for all.

    Those that changed, and those that may be set apart now, or no longer: of a version whose gold
    items or their outputs changed, of a judge who answered what a qualification asks, and of one
    who was set aside.
    """
    changed, versions = keys.get("judgments", set()), keys.get("gold", set())
    aside = keys.get("set aside", set())
    if changed is None or versions is None or aside is None:
        return None
    with connection.cursor() as cursor:
        found = set(changed)
        if aside:
            cursor.execute(FORMS_BY, {"judges": list(aside)})
            found.update(pk for (pk,) in cursor.fetchall())
        if "outputs" in keys:
            outputs = keys["outputs"]
            cursor.execute(QUALIFIED_BY, {"outputs": None if outputs is None else list(outputs)})
            versions = versions.union(pk for (pk,) in cursor.fetchall())
        pairs = []
        if changed:
            cursor.execute(QUALIFIED_ON, {"judgments": list(changed)})
            pairs = cursor.fetchall()
        for under, judges in (
            (versions, None),
            ({version for version, _ in pairs}, [judge for _, judge in pairs]),
        ):
            if under:
                cursor.execute(FORMS_UNDER, {"versions": list(under), "judges": judges})
                found.update(pk for (pk,) in cursor.fetchall())
    return found


def with_equals(stored: Stored, keys: set[int] | None) -> Integers | None:
    """These outputs, and all others to the same prompts: one may stand for another now."""
    if keys is None:
        return None
    changed = np.array(sorted(keys), np.int64)
    source = "FROM runs_output o WHERE true"
    (asked,) = columns_of(["o.prompt_id"], source + among("o.id", changed))
    before = stored.outputs["prompt"][np.isin(stored.outputs["output"], changed)]
    prompts = np.union1d(asked, before)
    (others,) = columns_of(["o.id"], source + among("o.prompt_id", prompts))
    return np.union1d(changed, others)


def as_array(keys: set[int] | None) -> Integers | None:
    return None if keys is None else np.array(sorted(keys), np.int64)


def patched_counts(
    counts: Counts,
    subjects: int,
    question: Asking,
    selection: Selection,
    differences: Sequence[Difference],
) -> Counts:
    """Counts of a question after differences, for now so many subjects; shape (subjects, 4)."""
    places, values, steps = [], [], []
    for difference in differences:
        for part, step in ((difference.gone, -1), (difference.added, 1)):
            if part is None:
                continue
            for _, _, block, value in part.pieces(question):
                rows = part.counted(block, selection) & (value != ABSENT)
                places.append(block.subject[rows])
                values.append(value[rows])
                steps.append(np.full(int(rows.sum()), step))
    grown = subjects - len(counts)
    if grown:
        counts = np.concatenate([counts, np.zeros((grown, 4), counts.dtype)])
    if not places:
        return counts
    touched, place = np.unique(np.concatenate(places), return_inverse=True)
    new = counts[touched].astype(np.int64)
    np.add.at(new, (place, np.concatenate(values)), np.concatenate(steps))
    counts = counts.astype(np.promote_types(counts.dtype, np.min_scalar_type(new.max(initial=0))))
    counts[touched] = new
    return counts
