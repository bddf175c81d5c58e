from django.db import migrations, models

VERSIONS = "definitions_definitionversion"
SAME = "btrim(regexp_replace({}, '\\s+', ' ', 'g'))"
# What was published before is marked as it would be now; the trigger refuses nothing meanwhile.
MARK = f"""
ALTER TABLE {VERSIONS} DISABLE TRIGGER {VERSIONS}_append_only;
UPDATE {VERSIONS} version SET forked_from_id = first.forked_from_id
FROM {VERSIONS} first
WHERE first.definition_id = version.definition_id AND first.number = 1
    AND version.forked_from_id IS NULL AND first.forked_from_id IS NOT NULL;
UPDATE {VERSIONS} version
SET quoted = false, after = left(coalesce(nullif(origin.author, ''), origin.name), 200)
FROM {VERSIONS} before JOIN definitions_definition origin ON origin.id = before.definition_id
WHERE version.state <> 'draft' AND before.id = version.forked_from_id
    AND {SAME.format("before.statement")} <> {SAME.format("version.statement")};
UPDATE {VERSIONS} version
SET quoted = false, after = left(coalesce(nullif(origin.author, ''), origin.name), 200)
FROM definitions_definition origin
WHERE version.state <> 'draft' AND origin.id = version.definition_id
    AND version.forked_from_id IS NULL
    AND version.author_id IS DISTINCT FROM origin.owner_id
    AND EXISTS (
        SELECT FROM {VERSIONS} before WHERE before.definition_id = version.definition_id
        AND before.state <> 'draft' AND before.number < version.number
    )
    AND NOT EXISTS (
        SELECT FROM {VERSIONS} before WHERE before.definition_id = version.definition_id
        AND before.state <> 'draft' AND before.number < version.number
        AND {SAME.format("before.statement")} = {SAME.format("version.statement")}
    );
UPDATE definitions_definition definition SET name = left(name, 113) || ' (fork)'
WHERE name NOT LIKE 'Fork of %' AND name NOT LIKE '% (fork)' AND EXISTS (
    SELECT FROM {VERSIONS} version JOIN {VERSIONS} before ON before.id = version.forked_from_id
    WHERE version.definition_id = definition.id AND before.definition_id <> definition.id
);
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE {VERSIONS} ENABLE TRIGGER {VERSIONS}_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("definitions", "0006_successors")]

    operations = [
        migrations.AddField(
            model_name="definitionversion",
            name="after",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="Whose statement was changed here. Empty: it says what the definition’s "
                "source says.",
                max_length=200,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
