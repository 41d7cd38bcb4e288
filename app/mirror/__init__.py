"""What WordPress has of our content: state, hashes, merge, apply."""
