"""Documents: folders, files and their versions, their text and their previews."""
