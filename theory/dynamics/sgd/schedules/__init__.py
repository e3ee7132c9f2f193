"""Step-size schedules: declared as pieces of a pass, cut into phases of constant step."""
