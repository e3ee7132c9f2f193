"use strict";
// A law from its data (schema scaletheory/law/1): exponents exactly, on a grid in doubles, and the risks of a chain as numbers.
// One interpreter runs the formulas in three algebras: rational numbers, doubles, and max-plus.

// --- rational numbers: {n, d} of BigInt, d > 0 ---
const gcd = (a, b) => { a = a < 0n ? -a : a; while (b) [a, b] = [b, a % b]; return a; };
const lcm = (a, b) => a / gcd(a, b < 0n ? -b : b) * b;
function Q(n, d = 1n) {
  if (d < 0n) { n = -n; d = -d; }
  const g = gcd(n, d);
  return g > 1n ? { n: n / g, d: d / g } : { n, d };
}
const add = (a, b) => Q(a.n * b.d + b.n * a.d, a.d * b.d);
const times = (a, b) => Q(a.n * b.n, a.d * b.d);
const compare = (a, b) => { const x = a.n * b.d - b.n * a.d; return x > 0n ? 1 : x < 0n ? -1 : 0; };
const toNumber = a => Number(a.n) / Number(a.d);
const toText = a => a === Infinity ? "∞" : a === -Infinity ? "−∞" : `${a.n}${a.d === 1n ? "" : "/" + a.d}`.replace("-", "−");
function parse(text) { // "3/2", "1.5", "-1e-3"; null for what is no number
  const m = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?(?:\s*\/\s*(\d+))?\s*$/i.exec(String(text).replace("−", "-"));
  if (!m || !(m[2] || m[3]) || (m[5] && !/[1-9]/.test(m[5]))) return null;
  const fraction = m[3] || "", shift = Number(m[4] || 0) - fraction.length;
  const n = BigInt((m[2] || "") + fraction) * (m[1] === "-" ? -1n : 1n), ten = 10n ** BigInt(Math.abs(shift));
  return Q(shift > 0 ? n * ten : n, (shift < 0 ? ten : 1n) * BigInt(m[5] || 1));
}

// --- one interpreter, several algebras ---
const RATIONAL = { constant: parse, add, times, power: (a, k) => {
  const n = a.n ** BigInt(Math.abs(k)), d = a.d ** BigInt(Math.abs(k));
  return k < 0 ? Q(d, n) : Q(n, d);
} };
const DOUBLE = {
  constant: text => toNumber(parse(text)), add: (a, b) => a + b, times: (a, b) => a * b, power: (a, k) => a ** k,
};
// Λ^value as a vector: [nothing, far beyond, beyond, power of Λ, power of ln Λ, …], compared by the first five, the first first.
const ORDER = 5;
const sign = (vector, least, length = vector.length) => {
  for (let i = 0; i < length; i++) { if (vector[i] > least) return 1; if (vector[i] < -least) return -1; }
  return 0;
};
const maxplus = (one, least, width) => ({ // one: 1n, exactly, or 1 with a tolerance
  constant: () => Array(width).fill(one - one),
  add: (a, b) => {
    for (let i = 0; i < ORDER; i++) { const x = b[i] - a[i]; if (x > least) return b; if (x < -least) return a; }
    return a;
  },
  times: (a, b) => { const sum = a.slice(); for (let i = 0; i < width; i++) sum[i] += b[i]; return sum; },
  power: (a, k) => { const product = a.slice(), whole = one === 1 ? k : BigInt(k); for (let i = 0; i < width; i++) product[i] *= whole; return product; },
});
function run(programme, inputs, algebra) {
  const values = inputs.slice();
  for (const line of programme.lines) {
    const kind = line[0], combine = kind === "+" ? algebra.add : algebra.times;
    if (kind === "c") { values.push(algebra.constant(line[1])); continue; }
    if (kind === "^") { values.push(algebra.power(values[line[1]], line[2])); continue; }
    let found = values[line[1]];
    for (let k = 2; k < line.length; k++) found = combine(found, values[line[k]]);
    values.push(found);
  }
  return programme.results.map(i => values[i]);
}

// --- exponents ---
// The law at numbers: forms as whole numbers over one denominator, and as doubles. Throws an Error in words.
function atNumbers(law, letters) {
  const [capacity, source] = run(law.exponents, letters, RATIONAL), zero = Q(0n);
  for (const [name, x] of [["capacity", capacity], ["source", source]]) {
    const { low, high, open, words } = law.domains[name];
    if (compare(x, parse(low)) < (open ? 1 : 0) || compare(x, parse(high)) > 0) throw new Error(`the ${name} must be ${words}`);
  }
  const atoms = law.atoms.map(({ of, times: by, cap }) => {
    const value = times(of === "capacity" ? capacity : source, Q(BigInt(by)));
    return cap !== null && compare(value, Q(BigInt(cap))) > 0 ? Q(BigInt(cap)) : value;
  });
  const polynomial = terms => terms.reduce((sum, [c, powers]) =>
    add(sum, powers.reduce((product, k, i) => k ? times(product, RATIONAL.power(atoms[i], k)) : product, parse(c))), zero);
  const coefficients = law.coefficients.map(({ num, den }) => {
    const below = polynomial(den);
    return times(polynomial(num), Q(below.d, below.n));
  });
  const unit = coefficients.reduce((all, c) => lcm(all, c.d), 1n);
  const whole = law.forms.map(form => form.map(i => coefficients[i].n * (unit / coefficients[i].d)));
  const powers = law.cells.map(cell => cell.logarithms.filter(([, , tie]) => tie === null || coefficients[tie].n === 0n)
    .map(([symbol, power]) => [symbol, coefficients[power]]));
  const logUnit = powers.flat().reduce((all, [, power]) => lcm(all, power.d), 1n);
  return { law, capacity, source, exact: { one: 1n, forms: whole, logs: powers.map(cell => cell.map(([s, p]) => [s, p.n * (logUnit / p.d)])), unit, logUnit, least: 0n },
           fast: { one: 1, forms: whole.map(form => form.map(x => Number(x) / Number(unit))), logs: powers.map(cell => cell.map(([s, p]) => [s, toNumber(p)])), least: 1e-9 } };
}
// A form at a point: [far beyond, beyond, power of Λ], entries of the point likewise.
function valueOf(form, point, zero) {
  const sum = [zero, zero, zero];
  for (let i = 0; i < form.length; i++) if (form[i]) for (let k = 0; k < 3; k++) sum[k] += form[i] * point[i][k];
  return sum;
}
const place = (argument, value, one, finite) => { // where an argument is: zero and infinity are beyond all powers
  const zero = one - one;
  if (value === Infinity) return [zero, one, zero];
  if (value === -Infinity) return argument.removes ? [-one, zero, zero] : [zero, -one, zero];
  return [zero, zero, finite(value)];
};
function inRegime(at, mode, point, monomials) {
  const { one, forms, least } = mode, zero = one - one, { law } = at;
  const which = law.cells.findIndex(cell => cell.where.every(form => sign(valueOf(forms[form], point, zero), least) >= 0));
  if (which < 0) return null;
  const cell = law.cells[which], width = ORDER + (monomials ? law.arguments.length : 0);
  const symbols = cell.symbols.map(form => {
    const vector = Array(width).fill(zero);
    if (form === null) vector[0] = -one;
    else {
      valueOf(forms[form], point, zero).forEach((x, i) => { vector[1 + i] = x; });
      if (monomials) forms[form].forEach((c, i) => { vector[ORDER + i] = c; });
    }
    return vector;
  });
  for (const [symbol, power] of mode.logs[which])
    if (sign(valueOf(forms[cell.ridges[symbol]], point, zero), least) < 0) symbols[symbol][4] += power;
  const kappa = [zero, ...valueOf(forms[cell.kappa], point, zero), zero, ...(monomials ? forms[cell.kappa] : [])];
  return { which, kappa, terms: run(law.programme, symbols, maxplus(one, least, width)) };
}
// point: a rational number or ±Infinity for each argument. Returns exponents as rational numbers; throws an Error in words.
function along(at, point) {
  const { law, exact } = at, named = i => law.arguments[i].symbol;
  law.arguments.forEach((argument, i) => {
    const x = point[i], beyond = x === Infinity || x === -Infinity;
    if (x === null) throw new Error(`${named(i)}: write a number such as 3/2 or 1.5`);
    if (x === Infinity && !argument.infinite) throw new Error(`${named(i)} cannot be infinite`);
    if (x === -Infinity && !argument.zero) throw new Error(`${named(i)} cannot be zero`);
    if (!beyond && argument.least !== null && toNumber(x) < argument.least) throw new Error(`the power of ${named(i)} is at least ${argument.least}`);
    if (!beyond && argument.most !== null && toNumber(x) > argument.most) throw new Error(`the power of ${named(i)} is at most ${argument.most}`);
  });
  for (const [i, j] of law.apart)
    if (point[j] === Infinity && point[i] !== -Infinity) throw new Error(`${named(i)} must be zero where ${named(j)} is infinite`);
  const common = point.reduce((all, x) => x === Infinity || x === -Infinity ? all : lcm(all, x.d), 1n);
  const found = inRegime(at, exact, law.arguments.map((a, i) => place(a, point[i], 1n, x => x.n * (common / x.d))), true);
  if (!found) throw new Error("these powers contradict each other: no regime holds");
  const read = vector => {
    const far = sign(vector, 0n, 3);
    if (far) return { exponent: far * Infinity, logarithm: Q(0n), monomial: null };
    return { exponent: Q(vector[3], exact.unit * common), logarithm: Q(vector[4], exact.logUnit), monomial: vector.slice(ORDER).map(c => Q(c, exact.unit)) };
  };
  const terms = found.terms.map(read);
  const larger = (a, b) => {
    const [x, y] = [a.exponent, b.exponent];
    if (x === y) return false;
    if (x === Infinity || y === -Infinity) return true;
    if (y === Infinity || x === -Infinity) return false;
    const order = compare(x, y);
    return order ? order > 0 : compare(a.logarithm, b.logarithm) > 0;
  };
  let dominant = -1;
  law.terms.forEach(({ part }, i) => { if (part && (dominant < 0 || larger(terms[i], terms[dominant]))) dominant = i; });
  return { regime: found.which, kappa: read(found.kappa), terms, dominant };
}
// The same in doubles, for pictures: powers of Λ (−∞ for what vanishes) and which term dominates; null where no regime holds.
function roughly(at, point) {
  const { law, fast } = at;
  const found = inRegime(at, fast, law.arguments.map((a, i) => place(a, point[i], 1, x => x)), false);
  if (!found) return null;
  const order = found.terms.map(vector => {
    const far = sign(vector, fast.least, 3);
    return far ? [far * Infinity, 0] : [vector[3], vector[4]];
  });
  let dominant = -1;
  law.terms.forEach(({ part }, i) => {
    if (!part) return;
    const [x, y] = order[i], [u, v] = dominant < 0 ? [0, 0] : order[dominant];
    if (dominant < 0 || x > u + fast.least || (x >= u - fast.least && y > v + fast.least)) dominant = i;
  });
  return { terms: order.map(([x]) => x), dominant };
}

// --- numbers of a chain ---
function spline(from, step, values) { // natural cubic
  const n = values.length, second = new Float64Array(n), left = new Float64Array(n);
  for (let i = 1; i < n - 1; i++) {
    const below = 4 - left[i - 1];
    left[i] = 1 / below;
    second[i] = (6 * (values[i + 1] - 2 * values[i] + values[i - 1]) - second[i - 1]) / below;
  }
  for (let i = n - 2; i > 0; i--) second[i] -= left[i] * second[i + 1];
  return x => {
    const i = Math.min(Math.max(Math.floor((x - from) / step), 0), n - 2), b = (x - from) / step - i, a = 1 - b;
    return a * values[i] + b * values[i + 1] + ((a ** 3 - a) * second[i] + (b ** 3 - b) * second[i + 1]) / 6;
  };
}
// Returns risk(values): values of the law's arguments (numbers, ridge 0 and sizes ∞ too) → {kappa, terms}; null off the table,
// and where two complements are too small to be told from rounding: equal sizes at ridge 0, where the risk diverges.
function riskOf(law) {
  const { table, layers, ridge, symbols } = law.numbers, { from, step, unit } = table, end = from + step * (table.columns[0].length - 1);
  const traces = table.columns.map(column => {
    let slope = 0, value = 0;
    return spline(from, step, column.map(x => { slope += x; value += slope; return value * unit; }));
  });
  const product = (monomial, letters) => {
    let all = 1;
    for (const [i, k] of monomial) all *= k === 1 ? letters[i] : letters[i] ** k;
    return all;
  };
  const place = law.arguments.findIndex(({ key }) => key === "ridge");
  return values => {
    const letters = [0, 0, ...values], wanted = values[place];
    const outer = x => { // the ridge outside all layers at ln κ = x; −1 where a layer would be more than full
      letters[0] = Math.exp(x); letters[1] = Math.exp(traces[0](x));
      for (const { part, u, t } of layers) {
        letters[u] = 0;
        for (const monomial of part) letters[u] += product(monomial, letters);
        letters[t] = 1 - letters[u];
        if (letters[t] <= 0) return -1;
      }
      return product(ridge, letters);
    };
    let low = from, high = end;
    if (outer(low) >= wanted && outer(low) > 0 || outer(high) < wanted) return null;
    for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2)
      if (outer(middle) <= wanted) low = middle; else high = middle;
    outer(high);
    const complements = ridge.filter(([i]) => layers.some(({ t }) => t === i)); // the smallest one, not by subtraction
    if (complements.filter(([i]) => letters[i] < 1e-8).length > 1) return null;
    const [tight, power] = complements.reduce((a, b) => letters[b[0]] < letters[a[0]] ? b : a);
    letters[tight] = (wanted / product(ridge.filter(([i]) => i !== tight), letters)) ** (1 / power);
    const inputs = symbols.map(({ trace, letter, value, share, of, rest }) => {
      if (trace !== undefined) return Math.exp(traces[trace](high));
      if (letter !== undefined) return letters[letter];
      if (share === undefined) return value;
      const own = letters[share], whole = of === null ? Infinity : letters[of];
      if (own === whole) return rest ? 0 : 1;
      return whole === Infinity ? (rest ? 1 : 0) : (rest ? whole - own : own) / whole;
    });
    return { kappa: letters[0], terms: run(law.programme, inputs, DOUBLE) };
  };
}
if (typeof module !== "undefined") module.exports = { parse, toText, toNumber, compare, atNumbers, along, roughly, riskOf };
