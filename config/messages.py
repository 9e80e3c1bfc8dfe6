"""`make messages`: bring the catalogues in locale/ up to the sources and compile them. Needs GNU gettext."""

import os
import re
from pathlib import Path

import django
from django.core.management import call_command

# Compiled files are committed, so that running Podium needs no gettext; a test compares them with their sources.
LOCALES = ["zh_Hans"]
NOT_OURS = [".venv/*", "var/*", "tests/*", "benchmarks/*", "docs/*"]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415  readable only after django.setup()

    os.chdir(settings.BASE_DIR)
    options = {"locale": LOCALES, "ignore_patterns": NOT_OURS, "add_location": "file", "no_obsolete": True}
    call_command("makemessages", domain="django", extensions=["html", "py"], **options)
    call_command("makemessages", domain="djangojs", extensions=["js"], **options)
    for path in Path("locale").rglob("*.po"):
        # The hour of the last run says nothing and would change the file each time.
        path.write_text(re.sub(r'"POT-Creation-Date:.*\n', "", path.read_text(encoding="utf-8")), encoding="utf-8")
    call_command("compilemessages", locale=LOCALES, ignore_patterns=NOT_OURS, verbosity=0)


if __name__ == "__main__":
    main()
