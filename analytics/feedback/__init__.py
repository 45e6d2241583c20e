"""Feedback: what to look at next, how much must be looked at, and what is made of what people found."""
