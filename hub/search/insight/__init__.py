"""What administrators learn from searches, and what they change: synonyms, best bets, weights."""
