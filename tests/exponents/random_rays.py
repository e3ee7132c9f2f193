"""Random rays of any law, often where logarithms are; and random values of its arguments."""

import math
from fractions import Fraction


def drawn(law, generator):
    """A random ray: capacity, source (often where logarithms are), powers, infinite and zero ones among them."""
    ties = [Fraction(1, 2), Fraction(1)]
    source = generator.choice([*ties, Fraction(generator.randint(1, 30), 20)])
    capacity = generator.choice([Fraction(2), Fraction(generator.randint(11, 40), 10)])
    if law.system.capacity.domain.high <= 1:
        capacity = generator.choice([Fraction(1, 2), Fraction(generator.randint(1, 19), 20)])
    powers = {}
    for each in law.system.arguments:
        chance = generator.random()
        if each.high == math.inf and chance < 0.15:
            powers[each.keyword] = math.inf
        elif each.low == -math.inf and chance > 0.8:
            powers[each.keyword] = -math.inf
        else:
            low, high = int(max(-8, each.low)), int(min(8, each.high))
            powers[each.keyword] = Fraction(generator.randint(low, high), generator.choice([2, 3]))
    return capacity, source, powers


def sizes_near(generator, law):
    """Random values of every argument in the stated range: ridge 0, no noise, infinite sizes, two sizes almost equal."""
    values = {}
    for each in law.system.arguments:
        if each.is_size:
            values[each.keyword] = 10 ** generator.uniform(0.3, 6)
        elif each.keyword == "ridge":
            values["ridge"] = generator.choice([0.0, 1e-12, *(10 ** generator.uniform(-11, 2) for _ in range(8))])
        else:
            values[each.keyword] = generator.choice([0.0, *(10 ** generator.uniform(-3, 0) for _ in range(3))])
    features = [keyword for keyword in values if keyword.startswith("n_") and keyword != "n_samples"]
    if features and generator.random() < 0.4:
        near = generator.choice([-1, 1]) * 10 ** generator.uniform(-6, -1)
        values["n_samples"] = values[features[0]] * (1 + near)
    elif features and "feature_noise" not in values and "n_second" not in values and generator.random() < 0.2:
        values[features[0]] = math.inf
    if "n_second" in values:
        values["n_second"], values["n_first"] = sorted([values["n_second"], values["n_first"]])
    return values
