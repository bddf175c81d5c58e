"""What was said and voted is not rewritten; ballots count their changes; statements are found."""

from django.db import migrations

from evaluations.common.append_only import append_only
from evaluations.common.searching import searchable

# Statements of one author count no more, in every debate, once one was retired for abuse: so each
# retirement and each return counts as a change of all.
TRIGGERS = """
-- Of a sequence, so that a change that was rolled back leaves its number to nobody.
CREATE SEQUENCE debates_change;
CREATE FUNCTION count_changes_of_votes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO debates_ballot (version_id, last_change)
        SELECT version_id, nextval('debates_change') FROM (
            SELECT DISTINCT s.version_id FROM changed v JOIN debates_statement s
                ON s.id = v.statement_id ORDER BY 1) concerned
    ON CONFLICT (version_id) DO UPDATE SET last_change = EXCLUDED.last_change;
    RETURN NULL;
END $$;
CREATE FUNCTION count_changes_of_statements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE debates_ballot b SET last_change = nextval('debates_change') FROM (
        SELECT id FROM debates_ballot ORDER BY id FOR UPDATE) held WHERE held.id = b.id;
    RETURN NULL;
END $$;
CREATE TRIGGER debates_vote_given AFTER INSERT ON debates_vote
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changes_of_votes();
CREATE TRIGGER debates_vote_changed AFTER UPDATE ON debates_vote
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changes_of_votes();
CREATE TRIGGER debates_statement_changed
    AFTER UPDATE OF is_current, retired_at, retired_for, author_id ON debates_statement
    FOR EACH STATEMENT EXECUTE FUNCTION count_changes_of_statements();
"""
NO_TRIGGERS = """
DROP TRIGGER debates_statement_changed ON debates_statement;
DROP TRIGGER debates_vote_changed ON debates_vote;
DROP TRIGGER debates_vote_given ON debates_vote;
DROP FUNCTION count_changes_of_statements();
DROP FUNCTION count_changes_of_votes();
DROP SEQUENCE debates_change;
"""


class Migration(migrations.Migration):
    replaces = [
        ("debates", "0002_votes_are_kept_by_their_changes"),
        ("debates", "0003_merged"),
        ("debates", "0004_searching"),
    ]
    dependencies = [("debates", "0001_initial"), ("common", "0002_functions")]
    operations = [
        append_only("debates_evidence"),
        append_only("debates_vote", may_change=["is_current", "voter_id"]),
        append_only("debates_stance", may_change=["is_current", "person_id"]),
        append_only("debates_reaction", may_change=["is_current", "person_id"]),
        append_only("debates_debatesnapshot", may_change=["created_by_id"]),
        append_only(
            "debates_statement",
            may_change=[
                "is_current",
                "retired_at",
                "retired_by_id",
                "retired_for",
                "retired_because",
                "author_id",
                "merged_into_id",
            ],
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        searchable(
            "debates_statement",
            {"text": "B", "source": "C"},
            where="is_current AND retired_at IS NULL",
        ),
    ]
