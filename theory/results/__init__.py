"""What a computation hands back: the answer beside what was asked, in arrays, tables and files."""
