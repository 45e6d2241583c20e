"""What shows: one folder a navigation section, and the parts that pages share."""
