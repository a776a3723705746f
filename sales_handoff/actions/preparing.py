"""Tomorrow's lane, prepared."""
