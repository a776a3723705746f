"""The addresses of the service lane, by topic."""

from django.urls import path

from service_lane.views import dms_import

app_name = "service_lane"

urlpatterns = [
    path("imports/", dms_import.imports, name="imports"),
    path("imports/new/", dms_import.import_new, name="import-new"),
    path("imports/<int:pk>/", dms_import.import_progress, name="import-progress"),
    path("imports/<int:pk>/preview/", dms_import.import_preview, name="import-preview"),
    path("imports/<int:pk>/rejects.csv", dms_import.import_rejects, name="import-rejects"),
]
