"""Importing any table: its first rows, what each column is, and what would be made of them."""

from dataclasses import asdict
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labeling.exceptions import InvalidImport
from labeling.forms import MappingForm
from labeling.models import Project
from labeling.selectors.access import project_for
from labeling.services.imports import ImportFile
from labeling.services.jobs import import_kept, kept_upload
from labeling.sources.mapping import ColumnMapping, columns_of, suggested
from labeling.sources.readers import UnreadableFile
from labeling.sources.rows import InvalidRow
from labeling.views.data import imported, refusal_of
from labeling.views.requests import UserRequest

LOOKED_AT, SHOWN_ROWS, LONGEST_CELL = 50, 5, 160


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mapping(request: UserRequest, slug: str, upload_id: UUID) -> HttpResponse:
    """GET shows; a POST with `act=look` shows what would be made, any other one imports."""
    project = project_for(request.user, slug, manage=True)
    upload = kept_upload(project, upload_id)
    if upload is None:
        messages.warning(request, _("That file is not kept any longer; upload it again."))
        return redirect("data", project.slug)
    try:
        rows = upload.first_rows(LOOKED_AT)
    except UnreadableFile as error:
        upload.path.unlink(missing_ok=True)
        refused = refusal_of(project, InvalidImport(str(error)))
        return render(request, "labeling/mapping.html", {**_page(project), **refused}, status=422)
    columns = columns_of(rows)
    initial = asdict(suggested(columns))
    form = MappingForm(request.POST or None, columns=columns, initial=initial)
    context: dict[str, Any] = {**_page(project), "form": form, "columns": columns, "rows": _cells(rows, columns)}
    chosen = form.mapping() if form.is_valid() else None
    if chosen and request.POST.get("act") != "look":
        mapped = ImportFile(path=upload.path, format=upload.format, mapping=chosen)
        try:
            skip = form.cleaned_data["invalid"] == "skip"
            outcome = import_kept(project=project, user=request.user, upload=mapped, skip_invalid=skip)
        except InvalidImport as error:
            context |= refusal_of(project, error)
        else:
            return imported(request, project, outcome)
    looked = chosen or (suggested(columns) if not request.POST else None)
    context["made"] = _made(upload, looked) if looked and looked.prompt else []
    failed = bool(form.errors) or "refusal" in context
    return render(request, "labeling/mapping.html", context, status=422 if failed else 200)


def _made(upload: ImportFile, mapping: ColumnMapping) -> list[dict[str, Any]]:
    file = ImportFile(path=upload.path, format=upload.format, mapping=mapping)
    return [
        {"line": line, "error": found} if isinstance(found, InvalidRow) else {"line": line, "row": found}
        for line, found in islice(file.rows(), SHOWN_ROWS)
    ]


def _cells(rows: list[Any], columns: list[str]) -> list[list[str]]:
    return [[_short(row.get(column)) for column in columns] for row in rows[:SHOWN_ROWS] if isinstance(row, dict)]


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _page(project: Project) -> dict[str, Any]:
    return {"project": project, "manages": True, "tab": "data"}
