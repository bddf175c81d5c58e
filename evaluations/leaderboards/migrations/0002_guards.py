"""Frozen boards are not rewritten."""

from django.db import migrations

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    replaces = [
        ("leaderboards", "0003_snapshot_definition_name"),
        ("leaderboards", "0007_snapshot_title"),
        ("leaderboards", "0009_shown_definition"),
    ]
    dependencies = [("leaderboards", "0001_initial"), ("common", "0002_functions")]
    operations = [
        append_only(
            "leaderboards_snapshot",
            may_change=["withdrawn_at", "withdrawn_reason", "created_by_id"],
        ),
        append_only("leaderboards_snapshotrows"),
        append_only("leaderboards_pseudonymsalt"),
    ]
