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

# The counters of an item change with each lease: only a change of what is gold is logged.
GOLD = """
CREATE FUNCTION log_gold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leaderboards_change (part, keys)
        VALUES ('gold', ARRAY[coalesce(NEW.version_id, OLD.version_id)]);
    RETURN NULL;
END $$;
CREATE TRIGGER judgments_item_gold_logged AFTER UPDATE ON judgments_item FOR EACH ROW
    WHEN ((OLD.is_gold, OLD.is_qualification) IS DISTINCT FROM (NEW.is_gold, NEW.is_qualification))
    EXECUTE FUNCTION log_gold();
CREATE TRIGGER judgments_item_gold_gone_logged AFTER DELETE ON judgments_item FOR EACH ROW
    WHEN (OLD.is_gold) EXECUTE FUNCTION log_gold();
"""
VERSION = "(SELECT version_id FROM judgments_item i WHERE i.id = item_id)"

# Table, part, key, condition, statements. An update is logged with its new rows, and outputs with
# the old ones too, since an output that was done may be begun anew.
ENDED = "state IN (''done'', ''failed'')"
WATCHED = (
    ("judgments_answer", "judgments", "judgment_id", "true", "INSERT UPDATE DELETE TRUNCATE"),
    ("judgments_judgment", "judgments", "id", "true", "UPDATE TRUNCATE"),
    ("judgments_judge", "judges", "id", "true", "UPDATE TRUNCATE"),
    ("judgments_finding", "findings", "id", "true", "INSERT UPDATE DELETE TRUNCATE"),
    ("judgments_goldanswer", "gold", VERSION, f"{VERSION} IS NOT NULL",
     "INSERT UPDATE DELETE TRUNCATE"),
    ("judgments_setaside", "set aside", "judge_id", "true", "INSERT DELETE TRUNCATE"),
    ("runs_output", "outputs", "id", ENDED, "INSERT UPDATE DELETE REPLACED TRUNCATE"),
    ("runs_grade", "outputs", "output_id", "true", "INSERT UPDATE DELETE TRUNCATE"),
    ("runs_run", "all outputs", "id", "true", "UPDATE TRUNCATE"),
    ("runs_recipe", "all outputs", "id", "true", "UPDATE"),
    ("prompts_prompt", "all outputs", "id", "true", "UPDATE TRUNCATE"),
    ("prompts_promptset", "all outputs", "id", "true", "UPDATE TRUNCATE"),
    ("definitions_criterionversion", "wordings", "id", "true", "INSERT UPDATE DELETE TRUNCATE"),
    ("definitions_criterion", "wordings", "id", "true", "UPDATE TRUNCATE"),
)  # fmt: skip

# Who reads a run, a prompt set or a protocol decides which judgments are in the matrix: what is
# about them, and what was said of the prompt with the same form. Beyond so many, all.
VISIBILITY = """
CREATE FUNCTION log_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    WITH about AS (
        SELECT m.id, m.judge_id, m.form_token FROM judgments_judgment m
        WHERE CASE TG_TABLE_NAME
            WHEN 'runs_run' THEN m.output_id IN (
                    SELECT o.id FROM runs_output o WHERE o.run_id = NEW.id)
                OR m.id IN (SELECT said.judgment_id FROM judgments_opinion said
                    JOIN runs_output reply ON reply.id = said.asked_as_id
                    WHERE reply.run_id = NEW.id AND said.judgment_id IS NOT NULL)
            WHEN 'prompts_promptset' THEN m.prompt_id IN (
                SELECT p.id FROM prompts_prompt p WHERE p.prompt_set_id = NEW.id)
            ELSE m.item_id IN (
                SELECT i.id FROM judgments_item i
                JOIN judgments_protocolversion v ON v.id = i.version_id
                WHERE v.protocol_id = NEW.id)
            END
    )
    SELECT array_agg(id) INTO touched FROM (
        SELECT id FROM about UNION
        SELECT beside.id FROM judgments_judgment beside JOIN about
            ON about.judge_id = beside.judge_id AND about.form_token = beside.form_token
    ) found;
    IF touched IS NOT NULL THEN
        INSERT INTO leaderboards_change (part, keys)
            VALUES ('judgments', CASE WHEN cardinality(touched) <= 20000 THEN touched END);
    END IF;
    RETURN NULL;
END $$;
"""

# What is said in a round is in the matrix once the round is closed.
ROUNDS = """
    OR (OLD.closed_at IS NULL) <> (NEW.closed_at IS NULL)
        AND (OLD.ends_at IS NOT NULL OR NEW.ends_at IS NOT NULL)
"""
READERS = (("runs_run", ""), ("prompts_promptset", ""), ("judgments_protocol", ROUNDS))


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


def watch_readers(table: str, more: str) -> migrations.RunSQL:
    """A trigger that logs who reads a row of a table from now on."""
    trigger = f"{table}_visibility_logged"
    return migrations.RunSQL(
        f"CREATE TRIGGER {trigger} AFTER UPDATE ON {table} FOR EACH ROW "
        f"WHEN (OLD.visibility IS DISTINCT FROM NEW.visibility{more}) "
        "EXECUTE FUNCTION log_visibility()",
        f"DROP TRIGGER IF EXISTS {trigger} ON {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("leaderboards", "0002_changes"),
        ("leaderboards", "0004_gold_changes"),
        ("leaderboards", "0005_grades_are_logged"),
        ("leaderboards", "0006_set_aside_is_logged"),
        ("leaderboards", "0008_visibility_is_logged"),
        ("leaderboards", "0010_rounds_are_logged"),
    ]
    dependencies = [
        ("leaderboards", "0002_guards"),
        ("definitions", "0001_initial"),
        ("judgments", "0001_initial"),
        ("prompts", "0001_initial"),
        ("runs", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE IF EXISTS leaderboards_change"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION IF EXISTS log_change() CASCADE"),
        migrations.RunSQL(GOLD, "DROP FUNCTION IF EXISTS log_gold() CASCADE"),
        migrations.RunSQL(VISIBILITY, "DROP FUNCTION IF EXISTS log_visibility() CASCADE"),
        *(
            watch(table, part, key, condition, name)
            for table, part, key, condition, statements in WATCHED
            for name in statements.split()
        ),
        *(watch_readers(table, more) for table, more in READERS),
    ]
