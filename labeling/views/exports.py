"""Downloads of exports that a worker has made."""

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labeling.api.files import file_response, not_modified
from labeling.models import Job
from labeling.services.exports import exported_file


@require_safe
def export_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The link is the permission: whoever it was given to may download, for a day."""
    try:
        job, path, choices = exported_file(token)
    except (signing.BadSignature, Job.DoesNotExist):
        raise Http404(_("this link has expired; ask for the export again")) from None
    if not path.is_file():
        raise Http404(_("this link has expired; ask for the export again"))
    etag = f'"{job.result["sha256"] if job.result else job.pk}"'
    answer = not_modified(request, etag)
    if answer is not None:
        return answer
    return file_response(
        request, path, etag=etag, content_type=choices.content_type, name=choices.file_name(job.project)
    )
