import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import evaluations.leaderboards.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("definitions", "0001_initial"),
        ("runs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ballot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last_change", models.BigIntegerField()),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Statement",
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
                            ("for", "for it"),
                            ("against", "against it"),
                            ("scope", "where it applies"),
                            ("question", "a question"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(max_length=280)),
                ("text_key", models.CharField(editable=False, max_length=560)),
                ("source", models.CharField(blank=True, max_length=300)),
                (
                    "checked",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("quoted", "word for word"),
                            ("paraphrased", "in other words, from the source itself"),
                            ("unchecked", "as others report it"),
                        ],
                        max_length=12,
                    ),
                ),
                ("quote_start", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("quote_end", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("is_current", models.BooleanField(default=True)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retired_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("own", "its author took it back"),
                            ("abuse", "abuse"),
                            ("personal-data", "personal data"),
                            ("spam", "spam"),
                            ("duplicate", "says the same as another"),
                            ("other", "another reason"),
                        ],
                        max_length=14,
                    ),
                ),
                ("retired_because", models.CharField(blank=True, max_length=280)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="statements",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "carried_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried_to",
                        to="debates.statement",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_here",
                        to="debates.statement",
                    ),
                ),
                (
                    "quotes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quoted_by",
                        to="debates.statement",
                    ),
                ),
                (
                    "retired_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="debates.statement",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["for", "against", "scope", "question"])),
                        name="statement_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text__regex", "^[^\\n\\r]{15,}$")),
                        name="statement_one_paragraph",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text_key", ""), _negated=True),
                        name="statement_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("checked", ""), ("source", "")),
                            models.Q(
                                models.Q(("source", ""), _negated=True),
                                ("checked__in", ["quoted", "paraphrased", "unchecked"]),
                            ),
                            _connector="OR",
                        ),
                        name="statement_source_checked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quote_end", None), ("quote_start", None), ("quotes", None)),
                            models.Q(
                                ("quote_end__gt", models.F("quote_start")),
                                ("quotes__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="statement_quote_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("retired_at", None), ("retired_because", ""), ("retired_for", "")
                            ),
                            models.Q(
                                ("retired_at__isnull", False),
                                (
                                    "retired_for__in",
                                    ["own", "abuse", "personal-data", "spam", "duplicate", "other"],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="statement_retired_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into", None), ("retired_for", "duplicate"), _connector="OR"
                        ),
                        name="statement_merged_is_retired",
                    ),
                    models.UniqueConstraint(
                        models.F("version"),
                        models.F("text_key"),
                        condition=models.Q(("is_current", True), ("retired_at", None)),
                        name="statement_said_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("use", "I would use it"),
                            ("change", "I would change it"),
                            ("reject", "I would reject it"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("use", "I would use it"),
                            ("change", "I would change it"),
                            ("reject", "I would reject it"),
                        ],
                        max_length=6,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("is_current", models.BooleanField(default=True)),
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
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stances",
                        to="definitions.definitionversion",
                    ),
                ),
                (
                    "because",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changed_minds",
                        to="debates.statement",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ["use", "change", "reject"])),
                        name="stance_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("because", None),
                            models.Q(
                                models.Q(("before", ""), _negated=True),
                                models.Q(("before", models.F("value")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="stance_credits_a_change",
                    ),
                    models.UniqueConstraint(
                        models.F("version"),
                        models.F("person"),
                        condition=models.Q(("is_current", True)),
                        name="stance_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reaction",
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
                            ("crux", "My mind hangs on this"),
                            ("define", "Say what this means"),
                            ("example", "Give an example"),
                            ("does-not-follow", "This does not follow"),
                            ("checked", "I checked this"),
                        ],
                        max_length=16,
                    ),
                ),
                ("start", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("end", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("link", models.URLField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("is_current", models.BooleanField(default=True)),
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
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reactions",
                        to="debates.statement",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["crux", "define", "example", "does-not-follow", "checked"],
                            )
                        ),
                        name="reaction_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "checked"), ("link__startswith", "https://")),
                            models.Q(models.Q(("kind", "checked"), _negated=True), ("link", "")),
                            _connector="OR",
                        ),
                        name="reaction_link_of_a_check",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end", None), ("start", None)),
                            ("end__gt", models.F("start")),
                            _connector="OR",
                        ),
                        name="reaction_span_whole",
                    ),
                    models.UniqueConstraint(
                        models.F("statement"),
                        models.F("person"),
                        models.F("kind"),
                        condition=models.Q(("is_current", True)),
                        name="reaction_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("too-wide", "too wide: it counts this, and should not"),
                            ("too-narrow", "too narrow: it leaves this out, and should not"),
                            ("fits", "fits: it says of this what it should"),
                            ("edge", "on the edge: what it should say is open"),
                        ],
                        max_length=10,
                    ),
                ),
                ("verdict_then", models.CharField(max_length=14)),
                (
                    "part",
                    models.CharField(
                        blank=True,
                        choices=[("trace", "working"), ("answer", "answer"), ("prompt", "prompt")],
                        max_length=8,
                    ),
                ),
                ("start", models.PositiveIntegerField(blank=True, null=True)),
                ("end", models.PositiveIntegerField(blank=True, null=True)),
                ("quote", models.TextField(blank=True)),
                ("prefix", models.CharField(blank=True, max_length=32)),
                ("suffix", models.CharField(blank=True, max_length=32)),
                ("text_sha256", models.CharField(blank=True, max_length=64)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="debates.statement",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "evidence",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["too-wide", "too-narrow", "fits", "edge"])
                        ),
                        name="evidence_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("end", None),
                                ("part", ""),
                                ("quote", ""),
                                ("start", None),
                                ("text_sha256", ""),
                            ),
                            models.Q(
                                ("end__gt", models.F("start")),
                                ("part__in", ["trace", "answer", "prompt"]),
                            ),
                            _connector="OR",
                        ),
                        name="evidence_span_whole",
                    ),
                    models.UniqueConstraint(
                        models.F("statement"), models.F("output"), name="evidence_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("useful", models.BooleanField(null=True)),
                (
                    "agreement",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("agree", "Agree"),
                            ("disagree", "Disagree"),
                            ("unsure", "Unsure"),
                        ],
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("is_current", models.BooleanField(default=True)),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="debates.statement",
                    ),
                ),
                (
                    "voter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("agreement", ""),
                            ("agreement__in", ["agree", "disagree", "unsure"]),
                            _connector="OR",
                        ),
                        name="vote_agreement_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("agreement", ""), ("useful", None), _negated=True),
                        name="vote_says_something",
                    ),
                    models.UniqueConstraint(
                        models.F("statement"),
                        models.F("voter"),
                        condition=models.Q(("is_current", True)),
                        name="vote_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DebateSnapshot",
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
                    models.CharField(
                        help_text="SHA-256 of the canonical JSON of contents.", max_length=64
                    ),
                ),
                ("contents", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
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
                        related_name="debate_snapshots",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("version"),
                        models.F("day"),
                        models.F("digest"),
                        name="debate_snapshot_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                        name="debate_snapshot_hash",
                    ),
                ],
            },
            bases=(evaluations.leaderboards.models.NamedByDay, models.Model),
        ),
    ]
