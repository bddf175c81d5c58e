import django.db.models.deletion
from django.db import migrations, models

from evaluations.common.append_only import append_only, forgets_only

WAS = ["definition_id", "collection_id", "statement_id", "person_id"]
NOW = [*WAS, "output_id", "run_id"]
OLD = [
    append_only("activity_decision", may_change=["actor_id", *WAS]),
    forgets_only("activity_decision", ["actor_id", *WAS]),
]

# What was decided before says by its address alone which run or output it was about.
FILL = """
UPDATE activity_decision d SET output_id = o.id FROM runs_output o
WHERE d.kind = 'output' AND d.url = '/outputs/' || o.id || '/';
UPDATE activity_decision d SET run_id = r.id FROM runs_run r
WHERE d.kind = 'run' AND d.url = '/runs/' || r.id || '/';
"""


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
        ("activity", "0012_who_decides_where_they_take_part"),
        ("runs", "0010_visibility"),
    ]

    operations = [
        *(migrations.RunSQL(each.reverse_sql, each.sql) for each in OLD),
        migrations.AddField("decision", "output", told_of("runs.output")),
        migrations.AddField("decision", "run", told_of("runs.run")),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        append_only("activity_decision", may_change=["actor_id", *NOW]),
        forgets_only("activity_decision", ["actor_id", *NOW]),
    ]
