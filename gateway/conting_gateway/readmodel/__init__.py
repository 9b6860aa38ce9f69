"""What the three programs keep on chain, followed as it changes, and what has happened to it."""
