"""Undo beats "are you sure": what was just done can be taken back for a moment."""

from datetime import timedelta

UNDO_FOR = timedelta(seconds=10)
"""From the moment it was done.  Actions refuse after it, messages wait for it, `http.offer_undo` shows it."""
