"""Pure numerics on arrays: no database, no Streamlit, no model names."""
