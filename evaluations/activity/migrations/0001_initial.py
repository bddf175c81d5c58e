import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("activity", "0001_decisions")]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("curation", "0001_initial"),
        ("debates", "0001_initial"),
        ("definitions", "0001_initial"),
        ("leaderboards", "0001_initial"),
        ("runs", "0001_initial"),
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
                (
                    "takes_part",
                    models.BooleanField(
                        default=False,
                        help_text="Whether who decided said something or voted in that debate.",
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
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.collection",
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="definitions.definition",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="runs.run",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="debates.statement",
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
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.CharField(max_length=500)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "upheld",
                    models.BooleanField(help_text="Whether the decision was wrong.", null=True),
                ),
                (
                    "restored",
                    models.BooleanField(
                        default=False, help_text="Whether what was taken came back by it."
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="appeal",
                        to="activity.decision",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("upheld", None)),
                            models.Q(("decided_at__isnull", False), ("upheld__isnull", False)),
                            _connector="OR",
                        ),
                        name="appeal_decided_with_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("restored", False), ("upheld", True), _connector="OR"),
                        name="appeal_upheld_restores",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("sentence", models.CharField(max_length=400)),
                ("title", models.CharField(max_length=200)),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Why, or what is new.", max_length=1000),
                ),
                (
                    "public",
                    models.BooleanField(
                        help_text="Whether others than those who are meant may read it."
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.collection",
                    ),
                ),
                (
                    "collection_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.collectionversion",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="activity.decision",
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="definitions.definition",
                    ),
                ),
                (
                    "definition_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="definitions.definitionversion",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="definitions.proposal",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="leaderboards.snapshot",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="debates.statement",
                    ),
                ),
                (
                    "suggestion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.suggestion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["kind", "-id"], name="event_of_kind"),
                    models.Index(fields=["definition", "-id"], name="event_of_definition"),
                    models.Index(fields=["collection", "-id"], name="event_of_collection"),
                    models.Index(fields=["actor", "-id"], name="event_of_actor"),
                    models.Index(fields=["definition", "-at"], name="event_of_definition_lately"),
                    models.Index(fields=["collection", "-at"], name="event_of_collection_lately"),
                    models.Index(fields=["actor", "-at"], name="event_of_actor_lately"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventConcern",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="concerns",
                        to="activity.event",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("person"), models.F("event"), name="event_concern_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("unsupported", "nothing supports it"),
                            ("not-a-claim", "it claims nothing"),
                            ("duplicate", "it says the same as another"),
                            ("off-topic", "it is about something else"),
                            ("abuse", "it insults or threatens somebody"),
                            ("personal-data", "it tells what is private to somebody"),
                        ],
                        max_length=16,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=280)),
                ("folds", models.BooleanField(help_text="Made by an established member.")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("upheld", models.BooleanField(null=True)),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.collection",
                    ),
                ),
                (
                    "flagger",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "placement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.placement",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="debates.statement",
                    ),
                ),
                (
                    "suggestion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="curation.suggestion",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("person", None),
                                ("placement", None),
                                ("statement", None),
                                ("suggestion", None),
                            ),
                            models.Q(
                                ("collection", None),
                                ("person", None),
                                ("statement", None),
                                ("suggestion", None),
                            ),
                            models.Q(
                                ("collection", None),
                                ("person", None),
                                ("placement", None),
                                ("statement", None),
                            ),
                            models.Q(
                                ("collection", None),
                                ("person", None),
                                ("placement", None),
                                ("suggestion", None),
                            ),
                            models.Q(
                                ("collection", None),
                                ("placement", None),
                                ("statement", None),
                                ("suggestion", None),
                            ),
                            _connector="OR",
                        ),
                        name="flag_one_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("upheld", None)),
                            models.Q(("decided_at__isnull", False), ("upheld__isnull", False)),
                            _connector="OR",
                        ),
                        name="flag_decided_with_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                [
                                    "unsupported",
                                    "not-a-claim",
                                    "duplicate",
                                    "off-topic",
                                    "abuse",
                                    "personal-data",
                                ],
                            )
                        ),
                        name="flag_reason_known",
                    ),
                    models.UniqueConstraint(
                        models.F("flagger"), models.F("collection"), name="flag_once_collection"
                    ),
                    models.UniqueConstraint(
                        models.F("flagger"), models.F("placement"), name="flag_once_placement"
                    ),
                    models.UniqueConstraint(
                        models.F("flagger"), models.F("suggestion"), name="flag_once_suggestion"
                    ),
                    models.UniqueConstraint(
                        models.F("flagger"), models.F("statement"), name="flag_once_statement"
                    ),
                    models.UniqueConstraint(
                        models.F("flagger"), models.F("person"), name="flag_once_person"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(auto_now_add=True)),
                (
                    "collection",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="curation.collection",
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="definitions.definition",
                    ),
                ),
                (
                    "followed",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("collection", None),
                                ("definition__isnull", False),
                                ("followed", None),
                            ),
                            models.Q(
                                ("collection__isnull", False),
                                ("definition", None),
                                ("followed", None),
                            ),
                            models.Q(
                                ("collection", None),
                                ("definition", None),
                                ("followed__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="follow_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("followed", None),
                            models.Q(("followed", models.F("person")), _negated=True),
                            _connector="OR",
                        ),
                        name="follow_not_oneself",
                    ),
                    models.UniqueConstraint(
                        models.F("person"),
                        models.F("definition"),
                        models.F("collection"),
                        models.F("followed"),
                        name="follow_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SiteKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.CharField(max_length=32)),
                ("made_on", models.DateField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="site_key_only_one")
                ],
            },
        ),
    ]
