"""Entry challenges for the holders of tickets."""
