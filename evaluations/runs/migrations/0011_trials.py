from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0010_visibility"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="run", name="run_purpose_known"),
        migrations.AlterField(
            model_name="run",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("answers", "outputs to be judged"),
                    ("judging", "a model judge at work"),
                    ("trial", "a model being tried"),
                ],
                default="answers",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["answers", "judging", "trial"])),
                name="run_purpose_known",
            ),
        ),
    ]
