"""Search: find what a viewer may read, only that, and at once."""
