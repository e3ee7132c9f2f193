"""The report: theory against simulation, every term of every model, with figures and verdicts."""
