"""Atom feeds of the hub: what is public, and by a personal token everything that a person may read."""
