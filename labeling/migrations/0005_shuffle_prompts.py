from django.db import migrations
from django.db.models.functions import Random


def shuffle_prompts(apps, schema_editor):
    """A column's default is one value for all rows that are there; each prompt needs a place of its own."""
    apps.get_model("labeling", "Prompt").objects.update(shuffle=Random())


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0004_quality'),
    ]

    operations = [
        migrations.RunPython(shuffle_prompts, migrations.RunPython.noop),
    ]
