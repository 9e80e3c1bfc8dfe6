"""The export page: what it would hold, how to load it, and downloads that a worker has made."""

import itertools
import json
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labeling.downloads import file_response, not_modified
from labeling.exceptions import InvalidInput
from labeling.forms import ExportForm
from labeling.models import Job, Project
from labeling.selectors.access import project_for
from labeling.selectors.exports import Choices, records_of
from labeling.services.exports import exported_file, request_export
from labeling.views.requests import UserRequest, sentence

SHOWN_RECORDS = 3
LOADERS = {"jsonl": "json", "csv": "csv", "parquet": "parquet"}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def export(request: UserRequest, slug: str) -> HttpResponse:
    """The first records of what is chosen and the commands that fetch and load it; a POST makes the file."""
    project = project_for(request.user, slug, manage=True)
    given = request.POST or request.GET or None
    form = ExportForm(given)
    chosen = form.cleaned_data if form.is_valid() else {}
    try:
        choices = Choices(**chosen)
    except InvalidInput as error:
        form.add_error(None, sentence(error.detail))
        choices = Choices()
    if request.method == "POST" and not form.errors:
        return redirect("job", project.slug, request_export(project=project, user=request.user, choices=choices).pk)
    context = {
        **_page(request, project, choices, chosen),
        "form": form if given else ExportForm(),
        "records": [
            json.dumps(record, ensure_ascii=False, indent=2)
            for record in itertools.islice(records_of(project, choices), SHOWN_RECORDS)
        ],
        "streamed": not choices.tokenized,
    }
    return render(request, "labeling/export.html", context, status=422 if given and form.errors else 200)


@require_safe
def export_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The link is the permission: whoever it was given to may download, for a day."""
    expired = _("this link has expired; ask for the export again")
    try:
        job, path, choices = exported_file(token)
    except (signing.BadSignature, Job.DoesNotExist):
        raise Http404(expired) from None
    if not path.is_file() or job.result is None:
        raise Http404(expired)
    etag = f'"{job.result["sha256"]}"'
    answer = not_modified(request, etag)
    if answer is not None:
        return answer
    return file_response(
        request, path, etag=etag, content_type=choices.content_type, name=choices.file_name(job.project)
    )


def _page(request: UserRequest, project: Project, choices: Choices, chosen: dict[str, object]) -> dict[str, object]:
    said = {name: "1" if value is True else value for name, value in chosen.items() if value}
    query = urlencode(said or {"shape": choices.shape})
    path = f"/api/v1/projects/{project.slug}/pairs/?{query}"
    name = choices.file_name(project)
    return {
        "project": project,
        "manages": True,
        "tab": "data",
        "download": path,
        "name": name,
        "curl": f'curl -H "Authorization: Bearer $PODIUM_TOKEN" "{request.build_absolute_uri(path)}" -o {name}',
        "load": f'load_dataset("{LOADERS[choices.format]}", data_files="{name}", split="train")',
    }
