"""A board is read again where an output is graded, at first or anew."""

from importlib import import_module

from django.db import migrations

watch = import_module("evaluations.leaderboards.migrations.0002_changes").watch


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0004_gold_changes"),
        ("runs", "0007_grades_stand_apart"),
    ]

    operations = [
        watch("runs_grade", "outputs", "output_id", "true", name)
        for name in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
    ]
