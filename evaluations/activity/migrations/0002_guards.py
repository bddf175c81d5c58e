"""What was decided, told, flagged and appealed is not rewritten."""

from django.db import migrations

from evaluations.common.append_only import append_only, forgets_only

DECISION = [
    "actor_id",
    "definition_id",
    "collection_id",
    "statement_id",
    "person_id",
    "output_id",
    "run_id",
]
EVENT = [
    "actor_id",
    "definition_id",
    "collection_id",
    "definition_version_id",
    "proposal_id",
    "snapshot_id",
    "collection_version_id",
    "suggestion_id",
    "decision_id",
    "person_id",
    "output_id",
    "statement_id",
]
FLAG = ["flagger_id", "collection_id", "placement_id", "suggestion_id", "statement_id", "person_id"]
"""References that become empty where what they are to is erased."""


class Migration(migrations.Migration):
    replaces = [
        ("activity", "0002_events"),
        ("activity", "0003_follows"),
        ("activity", "0004_flags"),
        ("activity", "0005_newest_of_each_thing"),
        ("activity", "0006_statements"),
        ("activity", "0007_what_decisions_are_about"),
        ("activity", "0008_newest_lately"),
        ("activity", "0009_appeals"),
        ("activity", "0010_flags_on_people"),
        ("activity", "0011_what_appeals_brought_back"),
        ("activity", "0012_who_decides_where_they_take_part"),
        ("activity", "0013_which_runs_decisions_are_about"),
        ("activity", "0014_events_by_kind"),
    ]
    dependencies = [("activity", "0001_initial"), ("common", "0002_functions")]
    operations = [
        append_only("activity_eventconcern"),
        append_only("activity_decision", may_change=DECISION),
        forgets_only("activity_decision", DECISION),
        append_only("activity_event", may_change=EVENT),
        forgets_only("activity_event", EVENT),
        append_only("activity_flag", may_change=[*FLAG, "withdrawn_at", "decided_at", "upheld"]),
        forgets_only("activity_flag", FLAG),
        append_only(
            "activity_appeal", may_change=["person_id", "decided_at", "upheld", "restored"]
        ),
        forgets_only("activity_appeal", ["person_id"]),
    ]
