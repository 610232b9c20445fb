"""Blogs: personal ones, those of the council's services, those of spaces; and their posts."""
