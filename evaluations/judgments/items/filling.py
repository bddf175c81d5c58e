"""Making items: what a protocol version selects, each once, in a random order that repeats."""

from typing import Any

from django.db import connection, transaction

from evaluations.judgments.items.within import levels_of, selected
from evaluations.judgments.models import ProtocolVersion, Subject
from evaluations.runs.querysets import is_duplicate

FILTERS = {
    "models": "m.slug",
    "recipes": "c.slug",
    "prompt_sets": "s.slug",
    "stop_reasons": "o.stop_reason",
    "outputs": "o.id",
}
# 52 bits of the hash, as many as a float keeps.
PLACE = "('x' || substr(md5(%(seed)s || ':' || {key}), 1, 13))::bit(52)::bigint / 2.0 ^ 52"
COLUMNS = {
    "output_id": "NULL::bigint",
    "left_id": "NULL::bigint",
    "right_id": "NULL::bigint",
    "prompt_id": "NULL::bigint",
}
OUTPUTS = """
    SELECT o.id, o.prompt_id, r.model_id, r.recipe_id FROM runs_output o
    JOIN runs_run r ON r.id = o.run_id
    JOIN runs_languagemodel m ON m.id = r.model_id JOIN runs_recipe c ON c.id = r.recipe_id
    JOIN prompts_prompt p ON p.id = o.prompt_id JOIN prompts_promptset s ON s.id = p.prompt_set_id
    WHERE o.state = 'done' AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
        AND r.purpose = 'answers' AND NOT {duplicate} AND {within} {wanted}
"""
PROMPTS = """
    SELECT p.id FROM prompts_prompt p JOIN prompts_promptset s ON s.id = p.prompt_set_id
    WHERE s.is_listed AND {within} {wanted}
"""
FILL = """
WITH selected AS ({selected}), missing AS (
    SELECT {columns}, {place} AS random FROM {subjects}
    WHERE NOT EXISTS (SELECT FROM judgments_item i WHERE i.version_id = %(version)s AND {same})
    ORDER BY random, 1, 2, 3, 4 LIMIT %(room)s
)
INSERT INTO judgments_item (version_id, output_id, left_id, right_id, prompt_id, needed, done,
    leased, random, is_gold, is_qualification)
SELECT %(version)s, output_id, left_id, right_id, prompt_id, %(needed)s, 0, 0, random, false, false
FROM missing ON CONFLICT DO NOTHING
"""
PAIRS = """selected a JOIN selected b ON b.prompt_id = a.prompt_id AND b.id > a.id
        AND (b.model_id, b.recipe_id) <> (a.model_id, a.recipe_id)"""
# Of each subject: its columns, the key of its hash, where it comes from, and which item it is.
SUBJECTS = {
    Subject.OUTPUT: ({"output_id": "a.id"}, "a.id", "selected a", "i.output_id = a.id"),
    Subject.PROMPT: ({"prompt_id": "a.id"}, "a.id", "selected a", "i.prompt_id = a.id"),
    Subject.PAIR: (
        {"left_id": "a.id", "right_id": "b.id"},
        "a.id || ',' || b.id",
        PAIRS,
        "i.left_id = a.id AND i.right_id = b.id",
    ),
}


@transaction.atomic
def fill_items(version: ProtocolVersion) -> int:
    """Add the items that a version selects and does not have; returns how many are new.

    The order is a hash of the selection's seed and the subject, and a sample is the first so
    many of it: the same seed draws the same sample from the same outputs. Without a sample,
    outputs that are written later join. A sample that was drawn when less was written is topped
    up to its number until the version has its first judgment; then it stays as it is, since
    whatever joined later would be a sample of something else. Gold items are beside its number.

    Pairs are of outputs to one prompt from different models or recipes, the older one left.
    Prompts of listed sets only are asked about, and of what is not public only what is the
    protocol's owner's (`within.py`). No item is ever removed.
    """
    selection = version.selection or {}
    sample = selection.get("sample")
    room = None
    if sample is not None:
        # Two that fill at once would each see the same room.
        locked = ProtocolVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        room = sample - version.items.filter(is_gold=False).count()
        if locked.frozen_at is not None or room <= 0:
            return 0
    given: dict[str, Any] = {
        "version": version.pk,
        "needed": version.judges_per_item,
        "room": room,
        "seed": str(selection.get("seed") or 0),
        "levels": levels_of(version.protocol),
        "owner": version.protocol.owner_id,
    }
    about_prompts = version.subject == Subject.PROMPT
    wanted = ""
    for name, column in FILTERS.items():
        if selection.get(name) and (name == "prompt_sets" or not about_prompts):
            wanted += f" AND {column} = ANY(%({name})s)"
            given[name] = list(selection[name])
    columns, key, subjects, same = SUBJECTS[Subject(version.subject)]
    statement = FILL.format(
        selected=(PROMPTS if about_prompts else OUTPUTS).format(
            wanted=wanted,
            duplicate=is_duplicate("o.id"),
            within=selected("s" if about_prompts else "r"),
        ),
        columns=", ".join(f"{value} AS {name}" for name, value in (COLUMNS | columns).items()),
        place=PLACE.format(key=key),
        subjects=subjects,
        same=same,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return int(cursor.rowcount)
