"""The audit trail: what happened, in plain sentences."""
