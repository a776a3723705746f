"""The form of a merge: of every field in which two records differ, one value stays."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms

from customers.actions.merging import Choices

KEPT, GONE = "kept", "gone"
NOT_READ = "Load the page again: this copy of it cannot be read."


class MergeForm(forms.Form):
    """`rows` name the fields that differ, each with its `label`; `seen` is when each record was last corrected."""

    kept_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    gone_seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        rows: Iterable[Mapping[str, Any]],
        seen: tuple[datetime | None, datetime | None] = (None, None),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, at in zip(("kept_seen", "gone_seen"), seen, strict=True):
            self.fields[name].initial = at.isoformat() if at else ""
        self.names = [row["name"] for row in rows]
        for row in rows:
            self.fields[row["name"]] = forms.ChoiceField(
                label=row["label"],
                choices=[(KEPT, "This record"), (GONE, "The other record")],
                error_messages={"required": f"Choose which one stays: {row['label'].lower()}."},
            )

    def clean_kept_seen(self) -> datetime | None:
        return self._seen("kept_seen")

    def clean_gone_seen(self) -> datetime | None:
        return self._seen("gone_seen")

    def _seen(self, name: str) -> datetime | None:
        text = self.cleaned_data[name]
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError:
            raise forms.ValidationError(NOT_READ) from None

    def see_again(self, kept: datetime | None, gone: datetime | None) -> None:
        """The form as chosen, now standing on the newest version of both, for sending once that was looked at."""
        seen = {"kept_seen": kept, "gone_seen": gone}
        shown = {name: at.isoformat() if at else "" for name, at in seen.items()}
        self.data = {**self.data.dict(), **shown}  # type: ignore[attr-defined]

    @property
    def choices(self) -> Choices:
        typed = self.cleaned_data
        return Choices(
            of_gone=frozenset(name for name in self.names if typed[name] == GONE),
            seen=(typed["kept_seen"], typed["gone_seen"]),
        )
