"""Detections: the single rows behind every figure, to page through, look into and take along."""

from analytics.detections.cursor import Cursor
from analytics.detections.filters import Filters

__all__ = ["Cursor", "Filters"]
