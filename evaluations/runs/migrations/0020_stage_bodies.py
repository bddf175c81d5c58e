from django.db import migrations, models

from evaluations.common.append_only import append_only

GUARD = append_only("runs_stage")


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0019_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="stage",
            name="usage",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="stage",
            name="body",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="stage",
            index=models.Index(
                condition=models.Q(("body", ""), _negated=True),
                fields=["created_at"],
                name="stage_with_body",
            ),
        ),
        migrations.RunSQL(GUARD.reverse_sql, GUARD.sql),
        append_only("runs_stage", may_change=["body"]),
    ]
