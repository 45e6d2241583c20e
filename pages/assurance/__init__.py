"""Pages for those who answer for the models."""
