"""The command line: parses arguments, calls `theory` and `numerics`, prints; it computes nothing itself."""
