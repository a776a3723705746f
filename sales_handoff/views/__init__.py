"""Views by topic: the advisor's panel, the hand-off queue, the value guide."""
