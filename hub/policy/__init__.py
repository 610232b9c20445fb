"""The usage policy: it flags misuse, blocks nobody, and people decide."""
