"""Forums: categories in spaces, topics, replies; who has solved what and what is unread."""
