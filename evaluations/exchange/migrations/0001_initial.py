import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("exchange", "0002_study_exports")]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("curation", "0001_initial"),
        ("judgments", "0001_initial"),
        ("runs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("file_sha256", models.CharField(max_length=64)),
                ("companion_name", models.CharField(blank=True, max_length=200)),
                ("format", models.CharField(blank=True, max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting to be read"),
                            ("reading", "being read"),
                            ("previewed", "read, and not imported yet"),
                            ("ordered", "waiting to be imported"),
                            ("loading", "being imported"),
                            ("loaded", "imported"),
                            ("refused", "not imported"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("progress", models.PositiveBigIntegerField(default=0)),
                ("report", models.JSONField(blank=True, default=dict)),
                ("refused", models.JSONField(blank=True, default=list)),
                ("why_not", models.TextField(blank=True)),
                ("licence", models.CharField(blank=True, max_length=40)),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "public"),
                            ("unlisted", "unlisted"),
                            ("private", "private"),
                        ],
                        default="private",
                        max_length=8,
                    ),
                ),
                ("skips_refused", models.BooleanField(default=False)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("touched_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="imports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("runs", models.ManyToManyField(blank=True, related_name="imports", to="runs.run")),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "reading",
                                    "previewed",
                                    "ordered",
                                    "loading",
                                    "loaded",
                                    "refused",
                                ],
                            )
                        ),
                        name="import_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["public", "unlisted", "private"])),
                        name="import_visibility_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("companion", models.BooleanField(default=False)),
                ("number", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="exchange.importjob",
                    ),
                ),
            ],
            options={
                "ordering": ["job", "companion", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("job"),
                        models.F("companion"),
                        models.F("number"),
                        name="import_part_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StudyExport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "frozen",
                    models.BooleanField(
                        default=False, help_text="With its boards and the check of them."
                    ),
                ),
                (
                    "site",
                    models.CharField(
                        blank=True, help_text="The address in its links.", max_length=200
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting to be written"),
                            ("writing", "being written"),
                            ("done", "written"),
                            ("failed", "not written"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("progress", models.PositiveBigIntegerField(default=0)),
                ("expected", models.PositiveBigIntegerField(default=0)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("why_not", models.TextField(blank=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("touched_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="curation.collection",
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="judgments.protocol",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="runs.run",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("collection", None), ("protocol__isnull", False), ("run", None)
                            ),
                            models.Q(
                                ("collection", None), ("protocol", None), ("run__isnull", False)
                            ),
                            models.Q(
                                ("collection__isnull", False), ("protocol", None), ("run", None)
                            ),
                            _connector="OR",
                        ),
                        name="export_of_one_study",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "writing", "done", "failed"])),
                        name="export_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StudyExportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="exchange.studyexport",
                    ),
                ),
            ],
            options={
                "ordering": ["export", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("export"), models.F("number"), name="study_export_part_once"
                    )
                ],
            },
        ),
    ]
