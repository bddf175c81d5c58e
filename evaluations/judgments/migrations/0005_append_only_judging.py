from django.db import migrations

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("judgments", "0004_judging")]

    operations = [
        append_only("judgments_mark", may_change=["is_current"]),
        append_only("judgments_steplabel", may_change=["is_current"]),
        append_only("judgments_firsterror", may_change=["is_current"]),
        append_only("judgments_comparison", may_change=["is_current", "withdrawn_at"]),
        append_only("judgments_adjudication", may_change=["is_current", "decided_by_id"]),
        append_only("judgments_opinion", may_change=["state", "note", "judgment_id", "read_at"]),
    ]
