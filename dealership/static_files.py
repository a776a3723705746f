"""How our stylesheets and scripts reach a browser: named by their content, compressed, and without our comments."""

from typing import Any

import rcssmin
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Keeps each collected file under a name made of its content, and a gzipped copy beside it.

    A stylesheet loses its comments and its indentation on the way, so that ours may have both.
    """

    def _save(self, name: str, content: Any) -> str:
        if name.endswith(".css") and not name.startswith("admin/"):
            content.seek(0)  # it was read before, to name it
            content = ContentFile(rcssmin.cssmin(content.read().decode()).encode())
        saved: str = super()._save(name, content)
        return saved
