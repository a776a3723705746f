"""Every address of the house.  Each app keeps its own; here they are named, top storey first."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from dealership import health, views

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "Lane"
admin.site.site_title = "Lane admin"
admin.site.index_title = "What this group is set up with"

ground_floor = [
    path("", views.home, name="home"),
    path("rooftop/", views.switch_rooftop, name="switch-rooftop"),
    path("counter-view/", views.counter_view, name="counter-view"),
    path("outbox/", views.outbox_list, name="outbox"),
    path("outbox/<int:pk>/again/", views.outbox_again, name="outbox-again"),
    path("styleguide/", views.styleguide, name="styleguide"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("", include((ground_floor, "dealership"))),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("sales_handoff.urls")),
    path("", include("recommendations.urls")),
    path("", include("service_lane.urls")),
    path("", include("customers.urls")),
]
