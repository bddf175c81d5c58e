from django.db import migrations

from evaluations.common.append_only import append_only

OLD = append_only(
    "definitions_definitionversion",
    may_change=["is_current", "state"],
    when="OLD.state <> 'draft'",
)
NEW = append_only(
    "definitions_definitionversion",
    # Who leaves the site is forgotten by what they wrote.
    may_change=["is_current", "state", "author_id"],
    when="OLD.state <> 'draft'",
)


class Migration(migrations.Migration):
    dependencies = [("definitions", "0004_workshop")]

    operations = [
        migrations.RunSQL(OLD.reverse_sql, OLD.sql),
        NEW,
        append_only("definitions_proposal", may_change=["state", "version_id", "proposer_id"]),
        append_only("definitions_proposalmessage", may_change=["author_id"]),
        append_only("definitions_statechange", may_change=["actor_id"]),
    ]
