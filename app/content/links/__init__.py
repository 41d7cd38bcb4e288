"""Links of contents to other sites: whether they lead anywhere, asked when a person wants to know."""
