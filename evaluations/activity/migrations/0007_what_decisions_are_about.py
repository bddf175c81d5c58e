import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evaluations.common.append_only import append_only, forgets_only

EVENT = [
    "actor_id", "definition_id", "collection_id", "definition_version_id", "proposal_id",
    "snapshot_id", "collection_version_id", "suggestion_id", "decision_id", "person_id",
    "output_id",
]  # fmt: skip
FLAG = ["flagger_id", "collection_id", "placement_id", "suggestion_id"]
DECIDED = ["withdrawn_at", "decided_at", "upheld"]
DECISION = ["actor_id"]
ABOUT = ["definition_id", "collection_id", "statement_id", "person_id"]

# What was decided before says by its address alone which collection it was about.
FILL = """
UPDATE activity_decision d SET collection_id = c.id
FROM curation_collection c LEFT JOIN accounts_user u ON u.id = c.owner_id
WHERE d.kind IN ('collection', 'item', 'suggestion')
    AND d.url IN ('/collections/' || u.username || '/' || c.slug || '/',
        '/collections/~' || c.id || '/' || c.slug || '/')
"""


def guarding_anew(table, was, free, forgotten, *, forgot=True):
    """Operations that put other triggers in place of those that guard a table."""
    old = [append_only(table, may_change=was)]
    if forgot:
        old.append(forgets_only(table, [name for name in was if name.endswith("_id")]))
    undone = [migrations.RunSQL(each.reverse_sql, each.sql) for each in old]
    return undone, [append_only(table, may_change=free), forgets_only(table, forgotten)]


off, on = [], []
for table, was, more, forgot in (
    ("activity_event", EVENT, ["statement_id"], True),
    ("activity_flag", [*FLAG, *DECIDED], ["statement_id"], True),
    ("activity_decision", DECISION, ABOUT, False),
):
    free = [*was, *more]
    undone, done = guarding_anew(
        table, was, free, [name for name in free if name.endswith("_id")], forgot=forgot
    )
    off, on = [*off, *undone], [*on, *done]


def told_of(model):
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=model,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0006_statements"),
        ("curation", "0002_rounds"),
        ("debates", "0001_initial"),
        ("definitions", "0010_searching"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *off,
        migrations.AddField("decision", "definition", told_of("definitions.definition")),
        migrations.AddField("decision", "collection", told_of("curation.collection")),
        migrations.AddField("decision", "statement", told_of("debates.statement")),
        migrations.AddField("decision", "person", told_of(settings.AUTH_USER_MODEL)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *on,
    ]
