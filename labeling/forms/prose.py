from typing import Any

from django import forms


class Prose(forms.CharField):
    """Text kept as it was typed. Browsers send line ends as CR LF whatever was there, which is undone here: else saving
    unchanged guidelines would make a new version of them."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")
