"""Random rays of any law, often where logarithms are."""

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
