import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

# The last colon parts them: a tag may hold one itself, as in “level:expert: 2”.
LINE = re.compile(r"(?P<tag>.+?)\s*[:：]\s*(?P<wanted>\d{1,4})")


class Quotas(forms.CharField):
    """Tags and numbers, “tag: number” on a line each; every line that is none is named. The service checks the rest."""

    def clean(self, value: Any) -> dict[str, int]:
        quotas: dict[str, int] = {}
        wrong = []
        for number, line in enumerate(super().clean(value).splitlines(), start=1):
            if not line.strip():
                continue
            said = LINE.fullmatch(line.strip())
            if said is None:
                wrong.append(
                    _("Line %(number)s should be a tag, a colon and a number, as in “expert: 1”; it is “%(line)s”.")
                    % {"number": number, "line": line.strip()}
                )
            elif said["tag"] in quotas:
                wrong.append(
                    _("Line %(number)s names the tag “%(tag)s” a second time.") % {"number": number, "tag": said["tag"]}
                )
            else:
                quotas[said["tag"]] = int(said["wanted"])
        if wrong:
            raise forms.ValidationError(wrong)
        return quotas


def quota_lines(quotas: dict[str, int]) -> str:
    """Quotas as the field takes them."""
    return "\n".join(f"{tag}: {wanted}" for tag, wanted in quotas.items())
