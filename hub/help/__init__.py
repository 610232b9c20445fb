"""The guide, the keys, the accessibility statement, and the answer to monitoring."""
