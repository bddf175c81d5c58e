import django.db.models.deletion
from django.db import migrations, models

from evaluations.common.append_only import append_only, forgets_only

EVENT = [
    "actor_id",
    "definition_id",
    "collection_id",
    "definition_version_id",
    "proposal_id",
    "snapshot_id",
    "collection_version_id",
    "suggestion_id",
    "decision_id",
    "person_id",
    "output_id",
    "statement_id",
]
"""References that became empty where what they were to was erased, before there were releases."""


def guards(columns: list[str]) -> list[migrations.RunSQL]:
    table = "activity_event"
    return [append_only(table, may_change=columns), forgets_only(table, columns)]


class Migration(migrations.Migration):
    dependencies = [("activity", "0002_guards"), ("exchange", "0002_data_releases")]
    operations = [
        migrations.AddField(
            model_name="event",
            name="release",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="exchange.datarelease",
            ),
        ),
        *(migrations.RunSQL(old.reverse_sql, old.sql) for old in guards(EVENT)),
        *guards([*EVENT, "release_id"]),
    ]
