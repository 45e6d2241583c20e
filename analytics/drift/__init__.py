"""Drift: how the distributions of features and of the score have changed since a reference."""
