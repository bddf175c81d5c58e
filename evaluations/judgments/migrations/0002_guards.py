"""What judges said is not rewritten."""

from django.db import migrations

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    replaces = [
        ("judgments", "0002_append_only"),
        ("judgments", "0003_answer_meaning"),
        ("judgments", "0004_judging"),
        ("judgments", "0005_append_only_judging"),
        ("judgments", "0006_opinion_one_waiting"),
        ("judgments", "0007_skipped_item"),
        ("judgments", "0008_repeats"),
        ("judgments", "0009_repeats_index"),
        ("judgments", "0010_no_repeated_items"),
        ("judgments", "0011_carried_turns"),
        ("judgments", "0012_places"),
        ("judgments", "0013_set_aside"),
        ("judgments", "0014_way"),
        ("judgments", "0015_visibility"),
        ("judgments", "0016_rounds"),
        ("judgments", "0017_call_left_open"),
        ("judgments", "0018_judge_prompts_samples_imports"),
        ("judgments", "0019_imported_judges"),
        ("judgments", "0020_by_hand"),
    ]
    dependencies = [("judgments", "0001_initial"), ("common", "0002_functions")]
    operations = [
        append_only("judgments_answer", may_change=["is_current"]),
        append_only(
            "judgments_finding", may_change=["is_current", "withdrawn_at", "created_by_id"]
        ),
        append_only("judgments_mark", may_change=["is_current"]),
        append_only("judgments_steplabel", may_change=["is_current"]),
        append_only("judgments_firsterror", may_change=["is_current"]),
        append_only("judgments_adjudication", may_change=["is_current", "decided_by_id"]),
        append_only("judgments_judgment", may_change=["withdrawn_at", "is_surplus"]),
        append_only(
            "judgments_comparison", may_change=["is_current", "withdrawn_at", "is_surplus"]
        ),
        append_only("judgments_setaside", may_change=["actor_id"]),
        append_only(
            "judgments_opinion", may_change=["state", "note", "judgment_id", "read_at", "values"]
        ),
        append_only("judgments_importedopinion", may_change=["imported_by_id"]),
        append_only(
            "judgments_judgeprompt", may_change=["made_by_id"], when="OLD.used_at IS NOT NULL"
        ),
    ]
