import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("common", "0002_shared_by_processes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verb",
                    models.CharField(
                        help_text="What was done, such as retire or suspend.", max_length=20
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        help_text="What it is about, such as a definition.", max_length=20
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True, help_text="Its name, for moderators.", max_length=200
                    ),
                ),
                ("url", models.CharField(blank=True, max_length=200)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("abuse", "abuse"),
                            ("personal-data", "personal data"),
                            ("spam", "spam"),
                            ("duplicate", "says the same as another"),
                            ("not-a-definition", "no definition"),
                            ("mistake", "a mistake"),
                            ("other", "another reason"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "sentence",
                    models.CharField(help_text="Public, for those concerned too.", max_length=280),
                ),
                (
                    "role",
                    models.CharField(
                        help_text="Staff or moderator, as the log names them.", max_length=12
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                [
                                    "abuse",
                                    "personal-data",
                                    "spam",
                                    "duplicate",
                                    "not-a-definition",
                                    "mistake",
                                    "other",
                                ],
                            )
                        ),
                        name="decision_reason_known",
                    )
                ],
            },
        ),
        append_only("activity_decision", may_change=["actor_id"]),
    ]
