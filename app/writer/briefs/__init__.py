"""What is agreed before a text is written."""
