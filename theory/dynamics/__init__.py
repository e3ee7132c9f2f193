"""Time: what training does after a number of steps; one room for each way of training."""
