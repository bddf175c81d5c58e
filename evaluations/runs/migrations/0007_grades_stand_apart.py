from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_grades")]

    operations = [
        migrations.RemoveConstraint(model_name="output", name="output_grade_range"),
        migrations.RemoveField(model_name="output", name="grade"),
        migrations.RemoveField(model_name="output", name="grade_note"),
    ]
