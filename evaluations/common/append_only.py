"""Rows that others rely on cannot be rewritten: PostgreSQL itself refuses.

A trigger compares the old row with the new one and lets a change through only where it
touches nothing but the named columns. Deleting stays possible for the operator, since a person
may ask for their data to be erased.
"""

from collections.abc import Sequence

from django.db.migrations import RunSQL

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- Without arguments TG_ARGV is NULL, and NULL would let everything through.
    free text[] := coalesce(TG_ARGV::text[], '{}');
BEGIN
    -- What PostgreSQL works out from other columns is not there yet in the new row.
    free := free || ARRAY(SELECT attname::text FROM pg_attribute
        WHERE attrelid = TG_RELID AND attgenerated <> '');
    IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'A row of % is append-only: write a new row that supersedes it.',
            TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def create_function() -> RunSQL:
    """Migration operation that makes the trigger function shared by all tables."""
    return RunSQL(FUNCTION, "DROP FUNCTION IF EXISTS refuse_rewriting() CASCADE")


def forgets_only(table: str, columns: Sequence[str]) -> RunSQL:
    """Migration operation that lets columns which may still change become empty, and no more.

    For references of a guarded table to rows that may be erased.
    """
    kept = " OR ".join(
        f"(NEW.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column})"
        for column in columns
    )
    return RunSQL(
        f"CREATE TRIGGER {table}_forgets_only BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN ({kept}) EXECUTE FUNCTION refuse_rewriting()",
        f"DROP TRIGGER IF EXISTS {table}_forgets_only ON {table}",
    )


def append_only(table: str, *, may_change: Sequence[str] = (), when: str = "true") -> RunSQL:
    """Migration operation that guards *table*.

    Args:
        table: database table name.
        may_change: columns that may still be updated.
        when: SQL condition on OLD under which a row is frozen, such as a draft's end.
    """
    arguments = ", ".join(f"'{column}'" for column in may_change)
    return RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN ({when}) EXECUTE FUNCTION refuse_rewriting({arguments})",
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
    )
