"""People and organisations: who they are, how they sign in, where they are found."""
