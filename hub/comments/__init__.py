"""Comments: what people say beneath a post or a document."""
