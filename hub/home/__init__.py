"""The home page: what is new, what needs the viewer, who knows about what."""
