"""What many pages ask for: a file."""

from typing import Any

from django import forms

MB = 1024 * 1024


class CsvForm(forms.Form):
    """A CSV file, taken or only looked at."""

    most_mb = 5

    file = forms.FileField(
        label="The file, as CSV",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose the file.", "empty": "This file is empty."},
    )
    dry_run = forms.BooleanField(required=False, label="Only look: write nothing")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = f"With a first line that names the columns. At most {self.most_mb} MB."

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if (upload.size or 0) > self.most_mb * MB:
            raise forms.ValidationError(f"This file is larger than {self.most_mb} MB. Split it.")
        return upload

    def lines(self) -> list[str]:
        """The file's lines, as UTF-8 or else as Windows wrote them; a comma in quotes may span lines."""
        content = self.cleaned_data["file"].read()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
        return str(text).splitlines(keepends=True)
