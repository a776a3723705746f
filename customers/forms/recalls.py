"""Uploading NHTSA's recall list, and what the VIN of a car says of a campaign."""

from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from customers.models import RecallCheck, RecallFile
from customers.recall_files import Found, NotTheList, opened, read
from customers.rules.recalls import OtherLayout, part_of

LARGEST = 100 * 1024 * 1024
"""Bytes: three times the zip of POST_2010.  Its text is larger and is for the command."""


class RecallFileForm(forms.Form):
    """One of NHTSA's two files; its first rows are looked at before it is kept."""

    file = forms.FileField(
        label="NHTSA's file, zipped as it comes",
        help_text="FLAT_RCL_POST_2010.zip or FLAT_RCL_PRE_2010.zip, at most 100 MB.",
        widget=forms.FileInput(attrs={"accept": ".zip,.txt"}),
        error_messages={
            "required": "Choose the file you took from NHTSA.",
            "empty": "This file is empty. Download it again.",
        },
    )
    part = forms.ChoiceField(
        label="Which of the two is it?",
        choices=[("", "As its name says"), *RecallFile.Part.choices],
        required=False,
        error_messages={"invalid_choice": "Choose one of the two."},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST:
            raise forms.ValidationError(
                f"This file has {filesizeformat(upload.size or 0)}; at most 100 MB can be uploaded. Take the zip, or "
                "manage.py import_recalls."
            )
        try:
            with opened(cast(BinaryIO, upload.file)) as source:
                next(read(source, Found()), None)
        except (NotTheList, OtherLayout) as problem:
            raise forms.ValidationError(str(problem)) from problem
        return upload

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if (upload := typed.get("file")) and not typed.get("part"):
            typed["part"] = part_of(upload.name or "")
            if not typed["part"]:
                self.add_error("part", "The name of the file does not say it. Choose one of the two.")
        return typed


class RecallCheckForm(forms.Form):
    """What was found out; `seen` is the number of the answer that was on the screen."""

    state = forms.ChoiceField(
        label="What does the VIN say?",
        choices=RecallCheck.State,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what was found out.", "invalid_choice": "Choose what was found out."},
    )
    source = forms.ChoiceField(
        label="Where was it looked up?",
        choices=RecallCheck.Source,
        widget=forms.RadioSelect,
        error_messages={"required": "Say where it was looked up.", "invalid_choice": "Say where it was looked up."},
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
