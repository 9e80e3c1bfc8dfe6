"""A person's own data, for themselves."""

from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.views.requests import UserRequest
from rewardmodel.services.persons import person_document


@require_safe
@login_required
@never_cache
def own_data(request: UserRequest) -> StreamingHttpResponse:
    """Everything that is stored about whoever asks, as a JSON file."""
    answer = StreamingHttpResponse(person_document(request.user), content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer
