import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import evaluations.leaderboards.models


class Migration(migrations.Migration):
    replaces = [("leaderboards", "0001_snapshots")]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("definitions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PseudonymSalt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="pseudonym_salt_only_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(help_text="The day of freezing, in UTC.")),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 in hexadecimal digits.", max_length=64),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="What it is cited for, by who froze it.",
                        max_length=120,
                    ),
                ),
                ("question", models.JSONField(blank=True, default=dict)),
                ("question_words", models.TextField()),
                (
                    "definition_name",
                    models.CharField(
                        blank=True,
                        help_text="What the definition was called on that day.",
                        max_length=120,
                    ),
                ),
                ("method_version", models.PositiveSmallIntegerField()),
                ("rule", models.JSONField()),
                ("rows", models.JSONField()),
                ("names", models.JSONField()),
                ("runs", models.JSONField()),
                ("outputs", models.PositiveIntegerField()),
                ("answers", models.PositiveIntegerField()),
                ("findings", models.PositiveIntegerField()),
                ("judgments", models.PositiveIntegerField()),
                ("judges", models.PositiveIntegerField()),
                (
                    "newest_judgment",
                    models.BigIntegerField(
                        default=0,
                        help_text="The highest key of a judgment of the site when this was frozen.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.TextField(blank=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("version"),
                        models.F("day"),
                        models.F("digest"),
                        name="snapshot_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                        name="snapshot_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at", None), ("withdrawn_reason", "")),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="snapshot_withdrawn_with_reason",
                    ),
                ],
            },
            bases=(evaluations.leaderboards.models.NamedByDay, models.Model),
        ),
        migrations.CreateModel(
            name="SnapshotRows",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("answer", "answers"),
                            ("finding", "findings"),
                            ("written", "outputs that were written"),
                            ("failed", "outputs that failed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(
                        help_text="The stretch's place among those of its kind."
                    ),
                ),
                ("packed", models.BinaryField()),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="packed_rows",
                        to="leaderboards.snapshot",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "snapshot rows",
                "ordering": ["snapshot", "kind", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("snapshot"),
                        models.F("kind"),
                        models.F("number"),
                        name="snapshot_rows_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["answer", "finding", "written", "failed"])
                        ),
                        name="snapshot_rows_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShownDefinition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=evaluations.leaderboards.models.new_code, max_length=20, unique=True
                    ),
                ),
                ("shows_name", models.BooleanField(default=False, help_text="Says whose it is.")),
                (
                    "shows_all",
                    models.BooleanField(
                        default=False, help_text="All definitions, not only those that are closest."
                    ),
                ),
                (
                    "shows_outputs",
                    models.BooleanField(
                        default=False,
                        help_text="On which outputs each definition and the owner part.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shown_definition",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True),
                        name="shown_definition_has_a_code",
                    )
                ],
            },
        ),
    ]
