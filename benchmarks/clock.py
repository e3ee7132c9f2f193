"""How benchmarks take times: alternated repetitions and their medians, so that a noisy machine is noisy for all alike."""

import statistics
import time


def alternate(*functions, repeats, timer=time.process_time):
    """Return the median seconds of each function over alternated repetitions, after one warm-up of each."""
    times = [[] for _ in functions]
    for repeat in range(repeats + 1):
        for record, function in zip(times, functions, strict=True):
            start = timer()
            function()
            if repeat:
                record.append(timer() - start)
    return [statistics.median(record) for record in times]
