"""The ways in: sign-in, sign-out, a forgotten password, an accepted invitation."""
