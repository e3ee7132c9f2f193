"""What others call a public name: hints where one is asked for that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

ALSO_CALLED = {  # words in lower case, without _ and -
    "ridge": ("linear_ridge",), "ridgeregression": ("linear_ridge",), "kernelridge": ("linear_ridge",),
    "krr": ("linear_ridge",),
    "lrf": ("random_features",), "linearrandomfeatures": ("random_features",), "randomfeaturemodel": ("random_features",),
    "nonlinear": ("nonlinear_random_features", "NonlinearFeatures"),
    "nonlinearfeature": ("NonlinearFeatures", "nonlinear_random_features"),
    "sgd": ("OnePassSGD",), "flow": ("GradientFlow",), "descent": ("GradientDescent",), "model": ("Chain",),
    "projection": ("HaarProjection",), "deterministicequivalent": ("equivalent",), "stransform": ("s_transform", "STransform"),
    "noise": ("FeatureNoise",), "pool": ("PoolSamples",), "spectra": ("Spectrum", "PowerLaw", "Discrete"),
}  # fmt: skip


def meant_names(name: str, known: Sequence[str], most: int = 3) -> list[str]:
    """Return the names that may be meant, the likeliest first; spelling of words apart, as RandomFeatures or random-features.

    Parameters
    ----------
    name : str
        What was asked for.
    known : sequence of str
        What there is.
    most : int
        How many at most.
    """
    plain = {each: each.replace("_", "").replace("-", "").lower() for each in known}
    word = name.replace("_", "").replace("-", "").lower()
    found = [each for each, bare in plain.items() if bare == word]
    found += [each for each in ALSO_CALLED.get(word, ()) if each in known]
    found += [each for each, bare in plain.items() if len(word) > 3 and (bare.startswith(word) or bare.endswith(word))]
    near = difflib.get_close_matches(word, list(plain.values()), most, 0.75)
    found += [each for bare in near for each, other in plain.items() if other == bare]
    return list(dict.fromkeys(found))[:most]


def unknown_name(module: str, name: str, known: Sequence[str]) -> AttributeError:
    """Return the error for a name that a module does not have, with a hint at what may be meant.

    Parameters
    ----------
    module : str
        Its name.
    name : str
        What was asked for.
    known : sequence of str
        Its public names.
    """
    found = [] if name.startswith("_") else meant_names(name, known)
    hint = f"; did you mean {' or '.join(found)}?" if found else ""
    return AttributeError(f"module {module!r} has no attribute {name!r}{hint}")
