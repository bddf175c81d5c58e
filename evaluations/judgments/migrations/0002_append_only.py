from django.db import migrations

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("judgments", "0001_initial"), ("common", "0002_shared_by_processes")]

    operations = [
        append_only("judgments_judgment", may_change=["withdrawn_at"]),
        append_only("judgments_answer", may_change=["is_current"]),
        append_only(
            "judgments_finding",
            may_change=["is_current", "withdrawn_at", "created_by_id"],
        ),
    ]
