"""Images without targets, as rows of pixels: patches of photographs and faces, from packages that ship them."""

from __future__ import annotations

import numpy as np

from numerics.data.arrays import Array
from numerics.data.sets import BUILT_IN, load, optional
from theory.errors import one_of, whole_number

UNLABELLED = ("photos", "faces")
PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee")  # of scikit-image
FACES = 100  # of the labelled subset, whose other half shows none
LARGEST = 128


def images(name: str, size: int = 16) -> Array:
    """Return images as rows of grey values from 0 to 1, neither centred nor scaled.

    Parameters
    ----------
    name : {"photos", "faces"}
        Disjoint square patches of six photographs (four of scikit-image, two of scikit-learn), or a hundred faces of 25 × 25
        pixels (scikit-image's subset of Labelled Faces in the Wild).
    size : int
        Pixels along an edge of a patch, from 2 to 128; patches of 16 × 16 are 5,557.

    Returns
    -------
    ndarray of shape (n_rows, n_pixels)
        In the order of photographs, and along the lines of each.

    Raises
    ------
    ValueError
        For another name or size, or if the package that ships the images is missing.
    """
    one_of("name", name, UNLABELLED)
    edge = whole_number("size", size, 2, LARGEST, "give the pixels along an edge")
    shipped = optional("skimage.data")
    if name == "faces":
        faces: Array = np.asarray(shipped.lfw_subset(), dtype=np.float64)[:FACES]
        return faces.reshape(FACES, -1)
    pictures = [getattr(shipped, photograph)() for photograph in PHOTOGRAPHS]
    pictures += optional("sklearn.datasets").load_sample_images().images
    return np.concatenate([_patches(np.asarray(picture, dtype=np.float64) / 255.0, edge) for picture in pictures])


def features_of(name: str) -> Array:
    """Return the features of a data set by name, with targets (`load`) or without (`images`).

    Raises
    ------
    ValueError
        As these.
    """
    if name in BUILT_IN:
        return load(name).features
    return images(name)


def _patches(picture: Array, edge: int) -> Array:
    """Return the disjoint patches of a picture, its colours averaged."""
    grey = picture.mean(axis=2) if picture.ndim == 3 else picture
    rows, columns = (length // edge for length in grey.shape)
    cut = grey[: rows * edge, : columns * edge].reshape(rows, edge, columns, edge)
    return cut.swapaxes(1, 2).reshape(rows * columns, edge * edge)
