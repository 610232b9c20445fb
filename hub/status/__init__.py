"""What the council's services are doing now, and when they will be back."""
