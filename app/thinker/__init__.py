"""What models are sent: prompts and their versions, personas, strategy, image settings, and tests of prompts."""
