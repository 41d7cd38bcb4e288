"""Internal links: pages worth linking to, phrases to link from, and links spliced into texts."""
