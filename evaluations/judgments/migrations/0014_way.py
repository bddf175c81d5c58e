from django.db import migrations, models

WAYS = [
    ("served", "served"),
    ("chosen", "opened by its own address"),
    ("unknown", "saved before this was noted"),
]


def way(**words: str) -> models.CharField[str, str]:
    return models.CharField(
        choices=WAYS, db_default="unknown", default="unknown", max_length=8, **words
    )


def known(model: str) -> migrations.AddConstraint:
    return migrations.AddConstraint(
        model_name=model,
        constraint=models.CheckConstraint(
            condition=models.Q(("way__in", [name for name, _ in WAYS])),
            name=f"{model}_way_known",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("judgments", "0013_set_aside")]

    operations = [
        migrations.AddField(
            model_name="judgment",
            name="way",
            field=way(help_text="Whether the site served it or the judge chose it."),
        ),
        migrations.AddField(model_name="comparison", name="way", field=way()),
        known("judgment"),
        known("comparison"),
    ]
