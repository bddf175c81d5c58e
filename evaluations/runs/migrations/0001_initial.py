import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import evaluations.runs.models.language_models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("prompts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Environment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("data", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="SentPrompt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("device", models.CharField(blank=True, max_length=40)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("tokens", models.BigIntegerField(default=0)),
                (
                    "memory",
                    models.BigIntegerField(
                        db_default=0, default=0, verbose_name="resident memory in bytes"
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=80)),
                (
                    "address",
                    models.CharField(
                        help_text="With the version, such as https://api.example.org/v1, and without a key.",
                        max_length=300,
                    ),
                ),
                (
                    "dialect",
                    models.CharField(
                        choices=[("chat", "chat completions"), ("responses", "responses")],
                        default="chat",
                        max_length=10,
                    ),
                ),
                (
                    "key_variable",
                    models.CharField(
                        blank=True,
                        help_text="Its name, such as ENDPOINT_KEY_EXAMPLE, which the workers must have; never the key. Empty where the server asks for none.",
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\AENDPOINT_KEY_[A-Z0-9_]+\\Z",
                                "Give the name of a variable, not the key itself: ENDPOINT_KEY_ and capitals.",
                            )
                        ],
                        verbose_name="environment variable of the key",
                    ),
                ),
                ("capabilities", models.JSONField(blank=True, default=dict, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("dialect__in", ["chat", "responses"])),
                        name="endpoint_dialect_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Grid",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("form_token", models.UUIDField(unique=True)),
                (
                    "asked",
                    models.JSONField(default=dict, help_text="What was typed into the form."),
                ),
                (
                    "visibility",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("public", "public"),
                            ("unlisted", "unlisted"),
                            ("private", "private"),
                        ],
                        help_text="Empty: as each prompt set is read.",
                        max_length=8,
                    ),
                ),
                ("publish_on", models.DateField(blank=True, null=True)),
                ("reuses", models.BooleanField(default=True)),
                (
                    "ceiling_dollars",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                ("ceiling_tokens", models.PositiveBigIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("launched_at", models.DateTimeField(blank=True, null=True)),
                ("dropped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "launched_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="grids",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ceiling_dollars", None), ("ceiling_dollars__gt", 0), _connector="OR"
                        ),
                        name="grid_ceiling_in_dollars_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ceiling_tokens", None), ("ceiling_tokens__gt", 0), _connector="OR"
                        ),
                        name="grid_ceiling_in_tokens_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("launched_at", None), ("dropped_at", None), _connector="OR"
                        ),
                        name="grid_launched_or_dropped",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LanguageModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("maker", models.CharField(blank=True, max_length=120)),
                (
                    "backend",
                    models.CharField(
                        choices=evaluations.runs.models.language_models.backends,
                        default="evaluations.inference.backends.transformers.TransformersEngine",
                        max_length=200,
                    ),
                ),
                (
                    "path",
                    models.CharField(
                        help_text="A Hugging Face id, a local folder, or package:NAME for a model in a package; of a model behind an endpoint its name there.",
                        max_length=300,
                    ),
                ),
                ("revision", models.CharField(blank=True, max_length=80)),
                ("gguf_file", models.CharField(blank=True, max_length=200)),
                ("parameters", models.CharField(blank=True, max_length=20)),
                ("licence", models.CharField(blank=True, max_length=60)),
                ("position", models.PositiveSmallIntegerField(default=1000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "is_archived",
                    models.BooleanField(
                        default=False, help_text="Not asked any more.", verbose_name="archived"
                    ),
                ),
                (
                    "is_people",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="No model: people, by hand.",
                    ),
                ),
                ("paused_at", models.DateTimeField(editable=False, null=True)),
                ("paused_until", models.DateTimeField(editable=False, null=True)),
                ("pause_reason", models.TextField(blank=True, editable=False)),
                (
                    "endpoint",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="models",
                        to="runs.endpoint",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "backend",
                                    "evaluations.inference.backends.openai_compatible.OpenAICompatibleEngine",
                                ),
                                ("endpoint__isnull", False),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "backend",
                                        "evaluations.inference.backends.openai_compatible.OpenAICompatibleEngine",
                                    ),
                                    _negated=True,
                                ),
                                ("endpoint", None),
                            ),
                            _connector="OR",
                        ),
                        name="model_endpoint_with_its_engine",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_people", False), ("backend", ""), _connector="OR"),
                        name="model_people_have_no_engine",
                    ),
                    models.UniqueConstraint(
                        models.F("is_people"),
                        condition=models.Q(("is_people", True)),
                        name="model_people_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "model",
                    models.CharField(
                        blank=True,
                        help_text="Its name at the endpoint; empty for all that have no price of their own.",
                        max_length=300,
                        verbose_name="model there",
                    ),
                ),
                ("since", models.DateField(default=django.utils.timezone.localdate)),
                (
                    "tokens_in",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="dollars for a million tokens read",
                    ),
                ),
                (
                    "tokens_out",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="Thoughts that are not shown count too.",
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="dollars for a million tokens written",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="runs.endpoint",
                    ),
                ),
            ],
            options={
                "ordering": ["endpoint", "model", "-since"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("endpoint"),
                        models.F("model"),
                        models.F("since"),
                        name="price_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tokens_in__gte", 0), ("tokens_out__gte", 0)),
                        name="price_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Probe",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("model", models.CharField(max_length=300, verbose_name="model there")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("calls", models.JSONField(blank=True, default=list)),
                ("found", models.JSONField(blank=True, default=dict)),
                ("error", models.TextField(blank=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="probes",
                        to="runs.endpoint",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at", None)),
                        fields=["id"],
                        name="probe_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Recipe",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("version", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, null=True)),
                (
                    "is_archived",
                    models.BooleanField(
                        default=False, help_text="In no choice any more.", verbose_name="archived"
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        choices=[("direct", "direct"), ("step-by-step", "step by step")],
                        max_length=20,
                    ),
                ),
                ("system", models.TextField(blank=True, default="")),
                ("examples", models.JSONField(blank=True, default=list)),
                ("instruction", models.TextField(blank=True, default="")),
                ("prefill", models.TextField(blank=True, default="")),
                ("template_arguments", models.JSONField(blank=True, default=dict)),
                ("temperature", models.FloatField(default=0.7)),
                ("top_p", models.FloatField(default=0.95)),
                ("top_k", models.PositiveIntegerField(default=0)),
                ("min_p", models.FloatField(default=0)),
                ("repetition_penalty", models.FloatField(default=1)),
                ("stop", models.JSONField(blank=True, default=list)),
                ("max_new_tokens", models.PositiveIntegerField(default=256)),
                (
                    "plan",
                    models.CharField(
                        choices=[
                            ("single", "one reply"),
                            ("budget", "a budget of thought, then the answer"),
                            ("extend", "made to go on"),
                            ("majority", "the answer that most of several replies give"),
                            ("best-of", "the best of several replies by a grader"),
                            ("revise", "revised by the model itself"),
                        ],
                        default="single",
                        max_length=10,
                    ),
                ),
                ("plan_number", models.PositiveIntegerField(default=0)),
                ("plan_words", models.TextField(blank=True, default="")),
                ("plan_grader", models.CharField(blank=True, default="", max_length=20)),
                (
                    "samples",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="Samples for each prompt."
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1000)),
                (
                    "first",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later",
                        to="runs.recipe",
                    ),
                ),
                (
                    "twin_of",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="twins",
                        to="runs.recipe",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="recipes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name", "version", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("strategy__in", ["direct", "step-by-step"])),
                        name="recipe_strategy_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("temperature__gte", 0), ("temperature__lte", 2)),
                        name="recipe_temperature_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("top_p__gt", 0), ("top_p__lte", 1)),
                        name="recipe_top_p_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("min_p__gte", 0), ("min_p__lt", 1)),
                        name="recipe_min_p_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("repetition_penalty__gt", 0), ("repetition_penalty__lte", 10)
                        ),
                        name="recipe_penalty_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_new_tokens__gte", 1), ("max_new_tokens__lte", 32768)
                        ),
                        name="recipe_token_budget",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "plan__in",
                                ["single", "budget", "extend", "majority", "best-of", "revise"],
                            )
                        ),
                        name="recipe_plan_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("plan", "single"), ("plan_number", 0)),
                            models.Q(
                                models.Q(("plan", "single"), _negated=True), ("plan_number__gte", 1)
                            ),
                            _connector="OR",
                        ),
                        name="recipe_plan_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("plan__in", ("majority", "best-of")), _negated=True),
                            ("temperature__gt", 0),
                            _connector="OR",
                        ),
                        name="recipe_choice_is_drawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("first", None), ("version", 1)),
                            models.Q(("first__isnull", False), ("version__gt", 1)),
                            _connector="OR",
                        ),
                        name="recipe_version_of_its_first",
                    ),
                    models.UniqueConstraint(
                        models.F("first"), models.F("version"), name="recipe_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("samples__gte", 1)), name="recipe_samples_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "public"),
                            ("unlisted", "unlisted"),
                            ("private", "private"),
                        ],
                        default="public",
                        max_length=8,
                    ),
                ),
                (
                    "publish_on",
                    models.DateField(
                        blank=True,
                        help_text="From the beginning of this day (UTC) it is public.",
                        null=True,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("answers", "outputs to be judged"),
                            ("judging", "a model judge at work"),
                            ("trial", "a model being tried"),
                        ],
                        default="answers",
                        max_length=8,
                    ),
                ),
                ("samples", models.PositiveSmallIntegerField(default=1)),
                ("seed", models.BigIntegerField(default=0)),
                ("priority", models.SmallIntegerField(default=0)),
                ("form_token", models.UUIDField(blank=True, null=True, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                (
                    "paused_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("by-hand", "somebody paused it"),
                            ("dollars", "it reached its ceiling in dollars"),
                            ("tokens", "it reached its ceiling in tokens"),
                        ],
                        db_default="",
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="runs.grid",
                    ),
                ),
                (
                    "launched_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="runs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="runs.languagemodel",
                    ),
                ),
                (
                    "prompt_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="prompts.promptset",
                    ),
                ),
                (
                    "readers",
                    models.ManyToManyField(
                        blank=True, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "recipe",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="runs.recipe",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("samples__gte", 1)), name="run_samples_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["answers", "judging", "trial"])),
                        name="run_purpose_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("paused_at", None), ("paused_for", "")),
                            models.Q(
                                ("paused_at__isnull", False),
                                ("paused_for__in", ["by-hand", "dollars", "tokens"]),
                            ),
                            _connector="OR",
                        ),
                        name="run_pause_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["public", "unlisted", "private"])),
                        name="run_visibility_in_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("visibility", "public"), _negated=True),
                            ("publish_on", None),
                            _connector="OR",
                        ),
                        name="run_public_waits_for_no_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Output",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sample", models.PositiveSmallIntegerField(default=0)),
                ("seed", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting"),
                            ("leased", "being written"),
                            ("done", "written"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("owner", models.CharField(blank=True, max_length=80)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                (
                    "alone",
                    models.BooleanField(
                        default=False, help_text="To be run by itself: suspected of harm."
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("trace", models.TextField(blank=True)),
                ("answer", models.TextField(blank=True)),
                (
                    "trace_visibility",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("full", "full"),
                            ("summary", "summary only"),
                            ("redacted", "redacted"),
                            ("hidden", "hidden"),
                            ("not-written", "not written"),
                        ],
                        max_length=12,
                    ),
                ),
                ("tokens_in", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_out", models.PositiveIntegerField(blank=True, null=True)),
                ("stop_reason", models.CharField(blank=True, max_length=10)),
                ("seconds", models.FloatField(blank=True, null=True)),
                ("prompt_digest", models.CharField(blank=True, max_length=64)),
                (
                    "names_model",
                    models.BooleanField(
                        default=False,
                        help_text="Gives away which model wrote it: masked before it is judged.",
                    ),
                ),
                (
                    "choice",
                    models.JSONField(
                        blank=True,
                        help_text="Of a plan that chooses: which reply, by what, and ties.",
                        null=True,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                (
                    "origin_key",
                    models.CharField(
                        blank=True,
                        help_text="Of one that was imported: whence.",
                        max_length=64,
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "environment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="runs.environment",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outputs",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "reused_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reused_as",
                        to="runs.output",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outputs",
                        to="runs.run",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["pending", "leased"])),
                        fields=["id"],
                        name="output_waiting",
                    ),
                    models.Index(fields=["run", "state"], name="output_by_run_state"),
                    models.Index(
                        condition=models.Q(("state", "done"), ("withdrawn_at", None)),
                        fields=["prompt"],
                        name="output_done_by_prompt",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("run"),
                        models.F("prompt"),
                        models.F("sample"),
                        name="output_once_a_sample",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["pending", "leased", "done", "failed", "cancelled"])
                        ),
                        name="output_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("trace_visibility", ""),
                            (
                                "trace_visibility__in",
                                ["full", "summary", "redacted", "hidden", "not-written"],
                            ),
                            _connector="OR",
                        ),
                        name="output_visibility_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("leased_until__isnull", False), ("state", "leased")),
                            models.Q(("state", "leased"), _negated=True),
                            _connector="OR",
                        ),
                        name="output_lease_has_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["done", "failed"]), _negated=True),
                            ("finished_at__isnull", False),
                            _connector="OR",
                        ),
                        name="output_end_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(("trace_visibility", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="output_done_has_visibility",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reused_from", None), ("state", "done"), _connector="OR"
                        ),
                        name="output_reused_is_done",
                    ),
                    models.UniqueConstraint(
                        models.F("origin_key"),
                        condition=models.Q(("origin_key__isnull", False)),
                        name="output_origin_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FirstWords",
            fields=[
                (
                    "output",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="first_words",
                        serialize=False,
                        to="runs.output",
                    ),
                ),
                ("owner", models.CharField(max_length=80)),
                ("attempt", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "first words",
            },
        ),
        migrations.CreateModel(
            name="Grade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grader",
                    models.CharField(
                        choices=[
                            ("numeric", "numeric equivalence"),
                            ("exact", "exact text"),
                            ("choice", "choice letter"),
                            ("contains", "short answer in a sentence"),
                            ("regex", "pattern"),
                            ("list", "list of items"),
                            ("constraint", "rules to keep"),
                            ("simulator", "moves in a simulated world"),
                            ("math-verify", "expression in LaTeX"),
                            ("reasoning-gym", "verifier of reasoning-gym"),
                            ("combination", "several graders"),
                        ],
                        max_length=20,
                    ),
                ),
                ("grader_version", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("answer_version", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("start", models.PositiveIntegerField(blank=True, null=True)),
                ("end", models.PositiveIntegerField(blank=True, null=True)),
                ("how", models.CharField(blank=True, max_length=10)),
                ("score", models.FloatField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("is_current", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grades",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["output", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("output"),
                        condition=models.Q(("is_current", True)),
                        name="grade_one_current_an_output",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("score", None),
                            models.Q(("score__gte", 0), ("score__lte", 1)),
                            _connector="OR",
                        ),
                        name="grade_score_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end", None), ("start", None)),
                            models.Q(("end__gte", models.F("start")), ("start__isnull", False)),
                            _connector="OR",
                        ),
                        name="grade_span_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Misreading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "grade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="misreadings",
                        to="runs.grade",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("grade"), models.F("reporter"), name="misreading_once_a_person"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
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
                            ("personal-data", "It contains personal data"),
                            ("harmful", "It is harmful"),
                            ("copyright", "It copies a protected work"),
                            ("broken", "It is broken or unreadable"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="runs.output",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("usage", models.JSONField(blank=True, default=dict)),
                ("body", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "output",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="response",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("body", ""), _negated=True),
                        fields=["created_at"],
                        name="response_with_body",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SeenAnswered",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "user",
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
                        models.F("user"), models.F("prompt"), name="seen_answered_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("attempt", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("seed", models.BigIntegerField()),
                ("prefix", models.TextField(blank=True)),
                ("added", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
                ("closer", models.CharField(blank=True, max_length=60)),
                (
                    "trace_visibility",
                    models.CharField(
                        choices=[
                            ("full", "full"),
                            ("summary", "summary only"),
                            ("redacted", "redacted"),
                            ("hidden", "hidden"),
                            ("not-written", "not written"),
                        ],
                        max_length=12,
                    ),
                ),
                ("facts", models.JSONField(default=dict)),
                ("tokens_in", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_out", models.PositiveIntegerField(blank=True, null=True)),
                ("stop_reason", models.CharField(max_length=10)),
                ("seconds", models.FloatField()),
                (
                    "cost",
                    models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True),
                ),
                ("calls", models.JSONField(blank=True, null=True)),
                ("usage", models.JSONField(blank=True, db_default={}, default=dict)),
                ("body", models.TextField(blank=True, db_default="", default="")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["output", "number"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("body", ""), _negated=True),
                        fields=["created_at"],
                        name="stage_with_body",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("output"), models.F("number"), name="stage_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("segmentation", models.PositiveSmallIntegerField(default=1)),
                ("index", models.PositiveIntegerField()),
                ("start", models.PositiveIntegerField()),
                ("end", models.PositiveIntegerField()),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["output", "segmentation", "index"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("output"),
                        models.F("segmentation"),
                        models.F("index"),
                        name="step_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("end__gt", models.F("start"))), name="step_not_empty"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("owner", models.CharField(max_length=80)),
                ("outcome", models.CharField(max_length=12)),
                ("error", models.TextField(blank=True)),
                ("text", models.TextField(blank=True, db_default="")),
                ("tokens_in", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_out", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "cost",
                    models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True),
                ),
                ("calls", models.JSONField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(auto_now_add=True)),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["output", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("output"), models.F("number"), name="attempt_number"
                    )
                ],
            },
        ),
    ]
