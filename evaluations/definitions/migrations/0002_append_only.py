from django.db import migrations

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("definitions", "0001_initial"), ("common", "0002_shared_by_processes")]

    operations = [
        append_only("definitions_criterionversion", may_change=["is_current"]),
        append_only(
            "definitions_definitionversion",
            may_change=["is_current", "state"],
            when="OLD.state <> 'draft'",
        ),
    ]
