"""The steps, oldest first by their numbers. Each must not know another but the one before it."""
