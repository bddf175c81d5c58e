from django.db import migrations, models

from evaluations.common.append_only import append_only

MAY_CHANGE = ["person_id", "decided_at", "upheld"]
OLD = append_only("activity_appeal", may_change=MAY_CHANGE)
NEW = append_only("activity_appeal", may_change=[*MAY_CHANGE, "restored"])


class Migration(migrations.Migration):
    dependencies = [("activity", "0010_flags_on_people")]

    operations = [
        migrations.RunSQL(OLD.reverse_sql, OLD.sql),
        migrations.AlterField(
            model_name="appeal",
            name="upheld",
            field=models.BooleanField(help_text="Whether the decision was wrong.", null=True),
        ),
        migrations.AddField(
            model_name="appeal",
            name="restored",
            field=models.BooleanField(
                default=False, help_text="Whether what was taken came back by it."
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("restored", False), ("upheld", True), _connector="OR"),
                name="appeal_upheld_restores",
            ),
        ),
        NEW,
    ]
