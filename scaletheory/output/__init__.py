"""What a command hands back, shown: tables, JSON, CSV, pictures, in words and signs that the stream can carry."""
