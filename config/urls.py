"""Every path of the one origin: pages, API, health, admin."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import errors, health, preferences

admin.site.site_header = admin.site.site_title = "Podium"

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
    path("language/", set_language, name="set-language"),
    path("theme/", preferences.set_theme, name="set-theme"),
    path("jsi18n/<slug:language>/", preferences.catalogue, name="jsi18n"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]

handler404 = errors.page_not_found
handler500 = errors.server_error
