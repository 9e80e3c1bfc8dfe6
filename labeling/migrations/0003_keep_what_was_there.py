"""Projects from before keep their guidelines as a version, and go on asking what their pages asked."""

from django.db import migrations


def keep(apps, schema_editor):
    project_model = apps.get_model("labeling", "Project")
    version_model = apps.get_model("labeling", "GuidelinesVersion")
    for project in project_model.objects.all():
        version_model.objects.get_or_create(
            project=project, version=project.guidelines_version, defaults={"text": project.guidelines}
        )
        project.ask_ratings = bool(project.dimensions)
        project.ask_rationale = True
        project.save(update_fields=["ask_ratings", "ask_rationale"])


class Migration(migrations.Migration):
    dependencies = [("labeling", "0002_workspace")]
    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
