"""What is written on the command line, read: numbers and ranges, models, populations, the letters of papers."""
