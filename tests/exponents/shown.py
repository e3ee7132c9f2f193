"""What the page of a law shows in a browser, at random points, against `Law.along` and `evaluate`."""

import math
import random
import re

import numpy as np

import theory as th
from tests.exponents.random_rays import drawn, sizes_near

EXPONENTS = """
return arguments[0].map(given => {
  Object.assign(state, given);
  draw(10);
  return [...document.querySelectorAll("#terms tr")].map(row => row.querySelector(".power").textContent);
});
"""
NUMBERS = """
return arguments[0].map(given => {
  Object.assign(state, given);
  draw(10);
  const found = risk(law.arguments.map(each => value(each.key)));
  return [document.getElementById("values").textContent, found && [found.kappa, ...found.terms]];
});
"""


def written(value, logarithm=0):
    """A power of Λ as the page writes it."""

    def raised(base, power):
        text = str(power).replace("-", "−")
        return "1" if power == 0 else base if power == 1 else f"{base}^{text}" if text.isdigit() else f"{base}^({text})"

    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "0"
    return raised("Λ", value) + (f" · {raised('ln Λ', logarithm)}" if logarithm else "")


def check_exponents(window, law, n_rays=40):
    """Every exponent and logarithm that an opened page displays, at random rays: where the law refuses, so does the page."""
    generator = random.Random(11)
    rays = [drawn(law, generator) for _ in range(n_rays)]
    states = [{"capacity": str(a), "source": str(r)} | {key: str(p) for key, p in powers.items()} for a, r, powers in rays]
    for (capacity, source, powers), seen in zip(rays, window.run(EXPONENTS, states), strict=True):
        try:
            ray = law.along(capacity=capacity, source=source, **powers)
        except ValueError:
            assert seen == [], (capacity, source, powers)
            continue
        terms = [written(value, ray.logarithms.get(key, 0)) for key, value in ray.terms.items()]
        assert seen == [written(ray.kappa), *terms], (capacity, source, powers)


def check_numbers(window, model, law, n_points=40):
    """Every number that an opened page displays, at random points of its range: to a millionth, less the digits it shows."""
    generator = random.Random(12)
    points = [sizes_near(generator, law) for _ in range(n_points)]
    states = [{f"at.{key}": "inf" if value == math.inf else repr(value) for key, value in each.items()} for each in points]
    task = th.PowerLaw(1.5, 0.4)
    for point, (text, found) in zip(points, window.run(NUMBERS, states), strict=True):
        risk = model.evaluate(task, **point)
        exact = [float(risk.kappa), *(float(risk.terms[key]) for key in law.system.keys)]
        np.testing.assert_allclose(found, exact, rtol=1e-6, err_msg=str(point))
        displayed = [float(number) for number in re.findall(r" ([\d.]+(?:e[+-]?\d+)?)(?=[;,]|$)", text.rstrip("."))]
        np.testing.assert_allclose(displayed, exact, rtol=1.6e-6, err_msg=str(point))
