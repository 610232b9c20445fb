"""What keeps the policy fair: the public register of exceptions, conflicts, passing on, deciding several at once."""
