"""Checking a cited text that litdesk did not write against the library."""
