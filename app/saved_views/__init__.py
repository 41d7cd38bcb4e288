"""How people arrange lists for themselves, and the views of them that they keep and share."""
