"""Pages for programme directors and presenters."""
