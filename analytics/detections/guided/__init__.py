"""Guided questions about one detection."""
