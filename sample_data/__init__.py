"""Data to look at: recipes that turn public data sets into model outputs."""
