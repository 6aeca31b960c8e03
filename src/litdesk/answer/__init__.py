"""Writing an answer from the passages that were found."""
