"""Every address of the house.  Each app keeps its own; here they are named, top storey first."""

from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = "Lane"
admin.site.site_title = "Lane admin"
admin.site.index_title = "What this group is set up with"

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    *(
        path("", include(f"{app}.urls"))
        for app in ("sales_handoff", "recommendations", "service_lane", "customers")
        if find_spec(f"{app}.urls")
    ),
]
