"""Content: one shape for everything that people contribute, and the only writer of it."""
