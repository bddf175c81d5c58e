"""Recipes become rows of versions with their words, sampling and plan; stages of outputs.

What recipes sent before is written into them: the words that the site had for each strategy.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evaluations.common.append_only import append_only

WORDS = {
    "direct": "Answer with the final answer only, without any explanation.",
    "step-by-step": (
        "Think step by step. Write your reasoning as numbered steps, then end with one line that "
        "starts with “Answer:” and gives the final answer."
    ),
}
GUARD = """
CREATE FUNCTION runs_refuse_another_recipe() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := '{name,position,samples,is_archived,written_by_id}';
BEGIN
    IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free
        AND EXISTS (SELECT FROM runs_run WHERE recipe_id = OLD.id) THEN
        RAISE EXCEPTION 'A recipe that runs used is frozen: write a new version.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER runs_recipe_frozen BEFORE UPDATE ON runs_recipe FOR EACH ROW
    EXECUTE FUNCTION runs_refuse_another_recipe();
"""
UNGUARD = "DROP FUNCTION runs_refuse_another_recipe() CASCADE"


def write_down_words(apps, schema_editor):
    """What is asked stays the same; outputs from elsewhere were asked in words not known here."""
    recipes = apps.get_model("runs", "Recipe").objects
    recipes.update(created_at=None)
    own = recipes.exclude(slug__startswith="imported-")
    for strategy, words in WORDS.items():
        own.filter(strategy=strategy).update(instruction=words)


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0013_records_by_model"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["output", "number"],
            },
        ),
        migrations.AlterModelOptions(
            name="recipe",
            options={"ordering": ["position", "name", "version", "pk"]},
        ),
        migrations.AddField(
            model_name="output",
            name="choice",
            field=models.JSONField(
                blank=True,
                help_text="Of a plan that chooses: which reply, by what, and ties.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="recipe",
            name="created_at",
            field=models.DateTimeField(auto_now_add=True, null=True),
        ),
        migrations.AddField(
            model_name="recipe",
            name="examples",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="recipe",
            name="first",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="later",
                to="runs.recipe",
            ),
        ),
        migrations.AddField(
            model_name="recipe",
            name="instruction",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="recipe",
            name="is_archived",
            field=models.BooleanField(
                default=False, help_text="In no choice any more.", verbose_name="archived"
            ),
        ),
        migrations.AddField(
            model_name="recipe",
            name="min_p",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="recipe",
            name="plan",
            field=models.CharField(
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
        migrations.AddField(
            model_name="recipe",
            name="plan_grader",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="recipe",
            name="plan_number",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="recipe",
            name="plan_words",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="recipe",
            name="prefill",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="recipe",
            name="repetition_penalty",
            field=models.FloatField(default=1),
        ),
        migrations.AddField(
            model_name="recipe",
            name="stop",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="recipe",
            name="system",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="recipe",
            name="template_arguments",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="recipe",
            name="top_k",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="recipe",
            name="twin_of",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="twins",
                to="runs.recipe",
            ),
        ),
        migrations.AddField(
            model_name="recipe",
            name="version",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="recipe",
            name="written_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="recipes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(("min_p__gte", 0), ("min_p__lt", 1)), name="recipe_min_p_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(("repetition_penalty__gt", 0), ("repetition_penalty__lte", 10)),
                name="recipe_penalty_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("plan__in", ["single", "budget", "extend", "majority", "best-of", "revise"])
                ),
                name="recipe_plan_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("plan", "single"), ("plan_number", 0)),
                    models.Q(models.Q(("plan", "single"), _negated=True), ("plan_number__gte", 1)),
                    _connector="OR",
                ),
                name="recipe_plan_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("plan__in", ("majority", "best-of")), _negated=True),
                    ("temperature__gt", 0),
                    _connector="OR",
                ),
                name="recipe_choice_is_drawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first", None), ("version", 1)),
                    models.Q(("first__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="recipe_version_of_its_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipe",
            constraint=models.UniqueConstraint(
                models.F("first"), models.F("version"), name="recipe_version_once"
            ),
        ),
        migrations.AddField(
            model_name="stage",
            name="output",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="stages", to="runs.output"
            ),
        ),
        migrations.AddConstraint(
            model_name="stage",
            constraint=models.UniqueConstraint(
                models.F("output"), models.F("number"), name="stage_once"
            ),
        ),
        migrations.RunPython(write_down_words, migrations.RunPython.noop),
        # What is checked at the end of the transaction must be, before tables change further.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", ""),
        migrations.RunSQL(GUARD, UNGUARD),
        append_only("runs_stage"),
    ]
