"""Efficacy: how often a model is right, and what can be known of it from the labels there are."""
