"""What people are told: quiet by default, never twice, with the reason and a way to stop it."""
