from django.db import migrations

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("prompts", "0001_initial"), ("common", "0002_shared_by_processes")]

    operations = [
        append_only(
            "prompts_prompt",
            may_change=["title", "note", "position", "prompt_set_id", "licence"],
        ),
    ]
