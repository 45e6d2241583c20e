"""Explanations: why a model gave a detection its score, as far as that can be said exactly."""
