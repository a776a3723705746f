"""The admin of the hand-off: policies and the value guide are set up here; evaluations are looked up."""
