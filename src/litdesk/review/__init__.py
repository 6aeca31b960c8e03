"""Literature reviews: search, relevance, themes, text, table, relations and what was left out."""
