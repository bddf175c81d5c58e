from django.db import migrations, models

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("prompts", "0004_contains_grader"),
    ]

    operations = [
        migrations.AddField(
            model_name="prompt",
            name="is_archived",
            field=models.BooleanField(
                default=False,
                help_text="Later runs of its set leave it out.",
                verbose_name="archived",
            ),
        ),
        migrations.RunSQL(
            "DROP TRIGGER prompts_prompt_append_only ON prompts_prompt", migrations.RunSQL.noop
        ),
        append_only(
            "prompts_prompt",
            may_change=["title", "note", "position", "prompt_set_id", "licence", "is_archived"],
        ),
    ]
