import django.db.models.deletion
from django.db import migrations, models

from evaluations.common.append_only import append_only

MAY_CHANGE = [
    "is_current",
    "retired_at",
    "retired_by_id",
    "retired_for",
    "retired_because",
    "author_id",
]
OLD = append_only("debates_statement", may_change=MAY_CHANGE)
NEW = append_only("debates_statement", may_change=[*MAY_CHANGE, "merged_into_id"])


class Migration(migrations.Migration):
    dependencies = [("debates", "0002_votes_are_kept_by_their_changes")]

    operations = [
        migrations.RunSQL(OLD.reverse_sql, OLD.sql),
        migrations.AddField(
            model_name="statement",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_here",
                to="debates.statement",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None), ("retired_for", "duplicate"), _connector="OR"
                ),
                name="statement_merged_is_retired",
            ),
        ),
        NEW,
    ]
