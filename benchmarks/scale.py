"""What it costs to hand work to an executor: bytes and seconds a task, for threads, processes and a Dask cluster of processes.

Run it by `python benchmarks/scale.py`. Seconds are CPU time of this process and of the workers together, medians of
alternated repetitions, two workers each; the rival hands over one trial a task, with all that the trial holds, as a plain
`executor.submit` does. Needs psutil; Dask is left out where it is not installed.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import contextlib
import functools
import pickle
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from unittest import mock

import numpy as np
from clock import alternate

import theory as th
from numerics.montecarlo import parcels, spread
from numerics.montecarlo.trials import generator, run_trials
from numerics.simulate.declared import declare
from numerics.simulate.experiment import Trial
from numerics.simulate.shrinkage import Ridges

try:
    import psutil  # with Dask
except ImportError:
    psutil = None

TRIALS, REPEATS, WORKERS = 400, 3, 2


class Busy:
    """A trial that computes for a while, and holds what a simulation at D = 2000 holds."""

    def __init__(self, seconds, modes=2000):
        self.seconds, self.held = seconds, np.ones((2, modes))

    def __call__(self, rng):
        """Return a number."""
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            pass
        return rng.random()


def of_all():
    """Return the CPU seconds of this process and its children."""
    times = [psutil.Process().cpu_times(), *(child.cpu_times() for child in psutil.Process().children(recursive=True))]
    return sum(each.user + each.system for each in times)


def one_each(trial, seed, index):
    """Run one trial, as the rival's task."""
    return trial(generator(seed, index))


def naive(executor, trial, trials):
    """Run trials, a task each."""
    futures = [executor.submit(one_each, trial, index, index) for index in range(trials)]
    return [future.result() for future in futures]


def empty_tasks(executor, count):
    """Hand over tasks that do nothing."""
    for future in [executor.submit(abs, index) for index in range(count)]:
        future.result()


@contextlib.contextmanager
def executors():
    """Yield the executors by name, each with workers that have started."""
    with contextlib.ExitStack() as stack:
        found = {
            "threads": stack.enter_context(ThreadPoolExecutor(WORKERS)),
            "processes": stack.enter_context(ProcessPoolExecutor(WORKERS)),
        }
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            pass
        else:
            cluster = LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None)
            found["Dask"] = stack.enter_context(Client(stack.enter_context(cluster))).get_executor()
        for executor in found.values():
            run_trials(Busy(0.01), 50, 0, executor=executor)
        yield found


def rows():
    """Yield (work, seconds, rival, its seconds); nothing where nobody tells the time of workers."""
    if psutil is None:
        return
    with executors() as found:
        for name, executor in found.items():
            (seconds,) = alternate(functools.partial(empty_tasks, executor, 200), repeats=REPEATS, timer=of_all)
            yield f"a task that does nothing, {name}", seconds / 200, None, None
            for cost in (0.0, 0.001):
                trial = Busy(cost)
                ours, theirs = alternate(
                    functools.partial(run_trials, trial, TRIALS, 0, executor=executor),
                    functools.partial(naive, executor, trial, TRIALS), repeats=REPEATS, timer=of_all,
                )  # fmt: skip
                work = f"a trial of {1000 * cost:g} ms, {name}"
                yield work, ours / TRIALS, "a task each, with all that it holds", theirs / TRIALS


def task_bytes(trial, trials):
    """Return the bytes of every task of a run in processes of their own."""
    sizes, submit = [], spread._submit

    def weighed(executor, function, *arguments):
        sizes.append(len(pickle.dumps((function, arguments))))
        return submit(executor, function, *arguments)

    with mock.patch.object(spread, "_submit", weighed), ProcessPoolExecutor(WORKERS) as executor:
        run_trials(trial, trials, 0, executor=executor)
    return sorted(sizes)


def bytes_table():
    """Yield (what, bytes of a plain task a trial, tasks, median bytes of ours, bytes in all, trials)."""
    sizes = {"n_samples": 20, "n_features": 10}
    for modes, trials in ((200, 40), (2000, 10)):
        declared = declare(th.random_features(), th.PowerLaw(1.5, 0.4).truncate(modes).explicit(), sizes)
        trial = Trial(declared, Ridges(np.array(0.1)), 1, False, False, 1)
        yield f"ridge, D = {modes:,}", len(pickle.dumps(trial)), task_bytes(trial, trials), trials
    yield "500 × 500 kernel", len(pickle.dumps(Busy(0.0, 125_000))), task_bytes(Busy(0.002, 125_000), 200), 200


def main():
    """Print both tables."""
    print(f"{'what is sent':24s}{'a trial':>12s}{'tasks':>8s}{'a task':>10s}{'in all':>12s}{'a trial each':>14s}")
    for what, plain, sizes, trials in bytes_table():
        parcels.SHELF = parcels._Shelf()
        print(f"{what:24s}{plain:12,d}{len(sizes):8d}{sizes[len(sizes) // 2]:10,d}{sum(sizes):12,d}{plain * trials:14,d}")
    for work, ours, rival, theirs in rows():
        beside = "" if rival is None else f"{1e3 * theirs:10.3f} ms {theirs / ours:6.1f}x  {rival}"
        print(f"{work:44s}{1e3 * ours:10.3f} ms{beside}")


if __name__ == "__main__":
    main()
