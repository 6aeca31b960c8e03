"""Recipes of the models that litdesk ships."""
