"""Formula against simulation: ladders of sizes, verdicts, and the cross-check of chains and of users' own formulas."""
