"""When titles and notes were written, notes are found by their words, and items and suggestions are
of the words in which a statement stands now."""

from django.db import migrations, models

from evaluations.common.searching import searchable

LED_ON = """
WITH RECURSIVE now (was, id) AS (
    SELECT supersedes_id, id FROM debates_statement WHERE supersedes_id IS NOT NULL
    UNION ALL
    SELECT now.was, later.id FROM now JOIN debates_statement later ON later.supersedes_id = now.id
)
UPDATE {table} SET statement_id = now.id
FROM now JOIN debates_statement stands ON stands.id = now.id AND stands.is_current
WHERE {table}.statement_id = now.was
"""


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0003_collection_form_token"),
        ("debates", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="worded_at",
            field=models.DateTimeField(
                blank=True, help_text="When its title or its why last changed.", null=True
            ),
        ),
        migrations.AddField(
            model_name="placement",
            name="noted_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the note was written, where not as it was added.",
                null=True,
            ),
        ),
        searchable("curation_placement", {"note": "C"}),
        *(
            migrations.RunSQL(LED_ON.format(table=table), migrations.RunSQL.noop)
            for table in ("curation_placement", "curation_suggestion")
        ),
    ]
