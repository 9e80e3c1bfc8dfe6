"""Every path of the one origin: pages, API, health, admin."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path
from django.views import defaults
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import health
from labeling.api.problems import not_found

api: list[URLPattern | URLResolver] = [
    path("", include("labeling.api.urls")),
    path("", include("rewardmodel.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    path("", include("labeling.urls")),
    path("", include("rewardmodel.urls")),
    path("api/v1/", include(api)),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A problem for callers of the API, a page for people."""
    return not_found(request) if request.path.startswith("/api/") else defaults.page_not_found(request, exception)


handler404 = page_not_found
