"""What the passes `template` and `expand` are made of."""
