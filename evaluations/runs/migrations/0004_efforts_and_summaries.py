"""Recipes say how much a model is to think, and which summary of its thought is wanted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0003_log_probabilities"),
    ]

    operations = [
        migrations.AddField(
            model_name="recipe",
            name="effort",
            field=models.CharField(
                blank=True,
                choices=[
                    ("none", "none"),
                    ("minimal", "minimal"),
                    ("low", "low"),
                    ("medium", "medium"),
                    ("high", "high"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="recipe",
            name="summary",
            field=models.CharField(
                blank=True,
                choices=[("auto", "auto"), ("concise", "concise"), ("detailed", "detailed")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effort__in", ["", "none", "minimal", "low", "medium", "high"])
                ),
                name="recipe_effort_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(("summary__in", ["", "auto", "concise", "detailed"])),
                name="recipe_summary_known",
            ),
        ),
    ]
