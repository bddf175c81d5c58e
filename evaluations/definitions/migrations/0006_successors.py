from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("definitions", "0005_append_only_workshop"),
    ]

    operations = [
        migrations.AddField(
            model_name="criterion",
            name="successors",
            field=models.JSONField(
                blank=True,
                default=list,
                editable=False,
                help_text="Keys of the criteria that took its place. It is retired: no new rule "
                "or block may name it, while its answers stay and earlier versions of rules go on "
                "reading them.",
            ),
        ),
    ]
