"""Bartizan's analytics: facts in, honest figures out. Knows nothing of Streamlit."""
