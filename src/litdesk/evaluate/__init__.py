"""Figures about retrieval, answers, citations, abstention and the judge, with intervals."""
