"""Uploading a DMS export."""

from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from service_lane.actions.dms_import import look
from service_lane.dms import NotAnExport

LARGEST_EXPORT = 50 * 1024 * 1024
"""Bytes: some 130,000 rows, ten years of a busy lane."""
NAMED = 8


class ExportForm(forms.Form):
    """A CSV export.  `seen`, once valid, is what importing it would find."""

    file = forms.FileField(
        label="The export, as a CSV file",
        help_text="With a first line that names the columns. At most 50 MB.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
        error_messages={
            "required": "Choose the file that your DMS wrote.",
            "empty": "This file is empty. Export it again from your DMS.",
        },
    )
    seen: dict[str, Any]

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST_EXPORT:
            size = filesizeformat(upload.size or 0)
            raise forms.ValidationError(
                f"This file has {size}; at most 50 MB can be taken. Export fewer years at a time."
            )
        try:
            self.seen = look(cast(BinaryIO, upload.file))
        except NotAnExport as problem:
            raise forms.ValidationError(_sentences(problem)) from problem
        if not self.seen["rows"]:
            raise forms.ValidationError("This file has columns and no rows. Export it again with some orders in it.")
        return upload


def _sentences(problem: NotAnExport) -> list[str]:
    sentences = [str(problem)]
    if problem.missing:
        sentences.append(f"Missing: {_first(problem.missing)}.")
    if problem.unexpected:
        sentences.append(f"There instead, and not known: {_first(problem.unexpected)}.")
    return sentences


def _first(columns: tuple[str, ...]) -> str:
    """The columns, or the first eight and how many more; the page lists all that are needed."""
    shown = ", ".join(columns[:NAMED])
    return f"{shown} and {len(columns) - NAMED} more" if len(columns) > NAMED else shown
