"""Who is set aside is in the log of changes: all their forms are read again."""

import importlib

from django.db import migrations

watch = importlib.import_module("evaluations.leaderboards.migrations.0002_changes").watch


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0005_grades_are_logged"),
        ("judgments", "0013_set_aside"),
    ]

    operations = [
        watch("judgments_setaside", "set aside", "judge_id", "true", name)
        for name in ("INSERT", "DELETE", "TRUNCATE")
    ]
