from django.db import migrations, models

from evaluations.common.append_only import append_only

# What was held back fills a place once its guest signs up, what is set aside leaves its own.
TABLES = {
    "judgments_judgment": ["withdrawn_at"],
    "judgments_comparison": ["is_current", "withdrawn_at"],
}


def without(table: str) -> migrations.RunSQL:
    """Take the guard of a table away, to write it anew."""
    guard = append_only(table, may_change=TABLES[table])
    return migrations.RunSQL(guard.reverse_sql, guard.sql)


class Migration(migrations.Migration):
    dependencies = [("judgments", "0011_carried_turns")]

    operations = [
        migrations.AddField(
            model_name="lease",
            name="address",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(
                condition=models.Q(("address", ""), _negated=True),
                fields=["address"],
                name="lease_by_address",
            ),
        ),
        migrations.AlterField(
            model_name="judgment",
            name="is_surplus",
            field=models.BooleanField(
                default=False,
                help_text="Fills no place: it came after the item had all the judges it needed, "
                "or does not count now.",
            ),
        ),
        *(without(table) for table in TABLES),
        *(
            append_only(table, may_change=[*columns, "is_surplus"])
            for table, columns in TABLES.items()
        ),
    ]
