from django.db import migrations

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial"), ("common", "0002_shared_by_processes")]

    operations = [
        append_only(
            "runs_output",
            may_change=["withdrawn_at"],
            when="OLD.state = 'done'",
        ),
        append_only("runs_step"),
        append_only("runs_environment"),
    ]
