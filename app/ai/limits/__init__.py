"""How many calls at once and a minute, and which endpoints rest."""
