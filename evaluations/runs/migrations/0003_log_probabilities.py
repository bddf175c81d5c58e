"""Recipes ask for log-probabilities, and outputs keep them."""

import django.db.models.deletion
from django.db import migrations, models

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Likelihood",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tokens", models.JSONField()),
            ],
        ),
        migrations.AddField(
            model_name="recipe",
            name="logprobs",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="log-probabilities"
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(("logprobs", False), ("plan", "single"), _connector="OR"),
                name="recipe_logprobs_of_one",
            ),
        ),
        migrations.AddField(
            model_name="likelihood",
            name="output",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="likelihood",
                to="runs.output",
            ),
        ),
        append_only("runs_likelihood"),
    ]
