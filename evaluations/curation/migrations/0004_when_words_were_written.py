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
UPDATE {table} SET statement_id = led.stands
FROM (
    SELECT DISTINCT ON (kept.collection_id, stands.id, {mine}) kept.id, stands.id AS stands
    FROM {table} kept JOIN now ON now.was = kept.statement_id
    JOIN debates_statement stands ON stands.id = now.id AND stands.is_current
    WHERE NOT EXISTS (SELECT FROM {table} there WHERE there.collection_id = kept.collection_id
        AND there.statement_id = stands.id AND ({mine}) IS NOT DISTINCT FROM ({there}))
    ORDER BY kept.collection_id, stands.id, {mine}, kept.id
) led
WHERE {table}.id = led.id
"""
"""Of two rows that would be one the first is led on, unless one is there; the other stays."""
LED = (
    LED_ON.format(
        table="curation_placement", mine="kept.collection_id", there="there.collection_id"
    ),
    LED_ON.format(
        table="curation_suggestion",
        mine="kept.author_id, CASE kept.state WHEN 'open' THEN 0 ELSE kept.id END",
        there="there.author_id, CASE there.state WHEN 'open' THEN 0 ELSE there.id END",
    ),
)


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
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in LED),
    ]
