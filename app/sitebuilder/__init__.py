"""Sites that are built here: a wizard asks, pages of blocks are made of the answers, and a canvas changes them."""
