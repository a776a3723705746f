"""The form of one yes or no."""

from typing import Any

from django import forms


class ConsentForm(forms.Form):
    """One yes or no.  Nothing is chosen beforehand."""

    granted = forms.ChoiceField(
        label="Their answer",
        choices=(("yes", "Yes"), ("no", "No")),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what they answered."},
    )
    source = forms.ChoiceField(
        label="Where they said it",
        choices=(
            ("At the counter", "At the counter"),
            ("By phone", "By phone"),
            ("In writing", "In writing, on paper kept here"),
        ),
    )
    text_version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: str, needs_writing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        self.needs_writing = needs_writing
        self.initial = {"text_version": version}

    def clean_text_version(self) -> str:
        if self.cleaned_data["text_version"] != self.version:
            raise forms.ValidationError("The words have changed since. Read them the new ones and ask again.")
        return self.version

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if self.needs_writing and typed.get("granted") == "yes" and typed.get("source") not in ("In writing", None):
            self.add_error("source", "A yes to offers by text counts only when it is signed. Let them sign this.")
        return typed
