"""A log of what the judgment matrix has to read again, written by triggers."""

from django.db import migrations

TABLE = """
CREATE TABLE leaderboards_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    part text NOT NULL,
    keys bigint[],
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX leaderboards_change_transaction ON leaderboards_change (transaction);
"""

# The arguments are the part of the matrix, the column with the keys to read again, and which
# rows matter. Without a column, or beyond so many keys, the whole part is read again.
FUNCTION = """
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        EXECUTE format('SELECT array_agg(DISTINCT %s) FROM changed WHERE %s', TG_ARGV[1], TG_ARGV[2])
            INTO touched;
        IF touched IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO leaderboards_change (part, keys)
        VALUES (TG_ARGV[0], CASE WHEN cardinality(touched) <= 20000 THEN touched END);
    RETURN NULL;
END $$;
"""

# Table, part, key, condition, statements. An update is logged with its new rows, and outputs with
# the old ones too, since an output that was done may be begun anew.
ENDED = "state IN (''done'', ''failed'')"
WATCHED = (
    ("judgments_answer", "judgments", "judgment_id", "true", "INSERT UPDATE DELETE"),
    ("judgments_judgment", "judgments", "id", "true", "UPDATE"),
    ("judgments_judge", "judges", "id", "true", "UPDATE"),
    ("judgments_finding", "findings", "id", "true", "INSERT UPDATE DELETE"),
    ("runs_output", "outputs", "id", ENDED, "INSERT UPDATE DELETE REPLACED"),
    ("runs_run", "all outputs", "id", "true", "UPDATE"),
    ("prompts_prompt", "all outputs", "id", "true", "UPDATE"),
    ("prompts_promptset", "all outputs", "id", "true", "UPDATE"),
    ("definitions_criterionversion", "wordings", "id", "true", "INSERT UPDATE DELETE"),
    ("definitions_criterion", "wordings", "id", "true", "UPDATE"),
)


def watch(table: str, part: str, key: str, condition: str, name: str) -> migrations.RunSQL:
    """A trigger that logs each such statement on a table."""
    statement = "UPDATE" if name == "REPLACED" else name
    rows = "OLD" if name in {"DELETE", "REPLACED"} else "NEW"
    trigger = f"{table}_{name.lower()}_logged"
    source = "" if name == "TRUNCATE" else f"REFERENCING {rows} TABLE AS changed "
    return migrations.RunSQL(
        f"CREATE TRIGGER {trigger} AFTER {statement} ON {table} {source}FOR EACH STATEMENT "
        f"EXECUTE FUNCTION log_change('{part}', '{key}', '{condition}')",
        f"DROP TRIGGER IF EXISTS {trigger} ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0001_snapshots"),
        ("definitions", "0003_catalogue_digest"),
        ("prompts", "0003_judging"),
        ("runs", "0004_judging"),
        ("judgments", "0007_skipped_item"),
    ]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE IF EXISTS leaderboards_change"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION IF EXISTS log_change() CASCADE"),
        *(
            watch(table, part, key, condition, name)
            for table, part, key, condition, statements in WATCHED
            for name in [*statements.split(), "TRUNCATE"]
        ),
    ]
