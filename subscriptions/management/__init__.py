"""What an operator runs for the people's side."""
