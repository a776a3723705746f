"""The admin of the ground floor: rooftops, staff and their roles, the audit trail, and what waits to leave the building.

`LooksOnly` is the base of every list of history, in this app and in those above it.
"""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest


class LooksOnly(admin.ModelAdmin[models.Model]):
    """A list to look through: nobody adds, changes or deletes here, whatever their permissions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
