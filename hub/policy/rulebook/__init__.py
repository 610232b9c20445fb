"""Rules as data: their versions, dry runs, approval, and which of them act."""
