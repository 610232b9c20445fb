"""Spaces: where items live, with members."""
