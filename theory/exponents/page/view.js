"use strict";
// The page: controls, the table of exponents, the phase diagram, the terms along a line, the risk in numbers.
const law = JSON.parse(document.getElementById("law").textContent);
const byId = id => document.getElementById(id);
const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b5a900", "#8a8f98"]; // Okabe and Ito's
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2", "9 2 2 2 2 2"];
const parts = law.terms.map((_, i) => i).filter(i => law.terms[i].part);
const colour = i => law.terms[i].part ? PALETTE[parts.indexOf(i) % PALETTE.length] : "var(--ink)";
const dash = i => law.terms[i].part ? DASHES[(parts.indexOf(i) + Math.floor(parts.indexOf(i) / 8)) % DASHES.length] : "";
const BEYOND = { "inf": Infinity, "-inf": -Infinity };
const read = text => text in BEYOND ? BEYOND[text] : parse(text);
const plain = value => typeof value === "number" ? value : toNumber(value);
const short = x => x === Infinity ? "∞" : x === -Infinity ? "−∞" : String(+x.toFixed(3)).replace("-", "−");
const raised = (base, power) => power === "0" ? "1" : power === "1" ? base : `${base}^${/^\d+$/.test(power) ? power : `(${power})`}`;
const make = (tag, attributes = {}, ...children) => {
  const node = /^(svg|path|line|text|rect|circle|g)$/.test(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) name in node && name.startsWith("on") ? node[name] = value : node.setAttribute(name, value);
  node.append(...children);
  return node;
};
// "Λ^(−3/2)" and "λ_k" with the power raised and the index lowered; what says so in plain text stays, to be read out or copied.
const quiet = text => make("span", { class: "quiet" }, text);
const typeset = text => text.split(/(\^-?\([^)]*\)|\^-?[\p{L}\d]+|_[\p{L}\d]+)/u).filter(Boolean).map(part => {
  if (!/^[_^]./.test(part)) return part;
  const inner = /^\^\((.*)\)$/.exec(part);
  return make(part[0] === "^" ? "sup" : "sub", {}, ...(inner ? [quiet("^("), inner[1], quiet(")")] : [quiet(part[0]), part.slice(1)]));
});

// --- state: texts as typed, kept in the address ---
const state = {};
const numbers = law.numbers && law.numbers.table ? law.numbers : null;
const START = { n_samples: 1000, n_features: 300, ridge: 1e-6, noise: 0.1 };
function reset() {
  for (const each of law.parameters) state[each.key] = each.start;
  for (const each of law.arguments) state[each.key] = each.start;
  state.x = law.arguments[0].key;
  state.y = (law.arguments.find(({ key }, i) => i && /ridge|time|step/.test(key)) || law.arguments[1] || law.arguments[0]).key;
  law.arguments.forEach(({ key, size }) => { state["at." + key] = brief(START[key] ?? (size ? 300 : key === "feature_noise" ? 0.01 : 1)); });
  state["at.x"] = law.arguments[0].key;
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (key in state && admissible(key, value)) state[key] = value;
}
const isKey = key => law.arguments.some(argument => argument.key === key);
const admissible = (key, value) => /^(at\.)?[xy]$/.test(key) ? isKey(value) : value.length < 40 && read(value) !== null;
let pending = false, settle = 0;
function changed() { // one redraw a frame, coarse; a fine one when the hand rests
  if (!pending) { pending = true; requestAnimationFrame(() => { pending = false; draw(60); }); }
  clearTimeout(settle);
  settle = setTimeout(() => {
    draw(360);
    const address = "#" + new URLSearchParams(state);
    if (address !== location.hash) history.replaceState(null, "", address);
  }, 160);
}
const set = (key, value) => { state[key] = value; changed(); };

// --- controls: a slider, an exact box, and boxes for zero and infinity ---
const controls = [];
function control(key, { symbol, meaning, low, high, zero, infinite }, show = x => String(+x.toFixed(2)), hide = x => x, words = meaning) {
  const id = "c-" + key.replace(".", "-"), step = (high - low) / 400;
  const slider = make("input", { type: "range", min: low, max: high, step: Math.min(0.05, step * 5), id, "aria-label": `${symbol}, ${meaning}`, oninput: () => set(key, show(+slider.value)) });
  const box = make("input", { type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false", "aria-label": `${symbol}, exactly`, oninput: () => { if (read(box.value) !== null) set(key, box.value.trim()); } });
  const ends = [[zero, "-inf", "0"], [infinite, "inf", "∞"]].filter(([there]) => there).map(([, value, sign]) => {
    const tick = make("input", { type: "checkbox", "aria-label": `${symbol} is ${sign === "0" ? "zero" : "infinite"}`, onchange: () => set(key, tick.checked ? value : show(+slider.value)) });
    return { value, tick, sign };
  });
  controls.push(() => {
    const value = read(state[key]), finite = Number.isFinite(plain(value));
    if (finite) slider.value = hide(plain(value));
    slider.setAttribute("aria-valuetext", finite ? state[key] : short(plain(value)));
    if (document.activeElement !== box) box.value = finite ? state[key] : value > 0 ? "∞" : key.startsWith("at.") ? "0" : "−∞";
    box.setAttribute("aria-invalid", String(document.activeElement === box && read(box.value) === null));
    for (const { value: end, tick } of ends) tick.checked = state[key] === end;
  });
  return make("div", { class: "row" }, make("label", { for: id }, ...typeset(symbol)), slider, box, make("span", {}, ...ends.map(({ tick, sign }) => make("label", { class: "box" }, tick, sign + " "))), make("small", {}, ...typeset(words)));
}
function build() {
  byId("letters").append(...law.parameters.map(each => control(each.key, each)));
  byId("powers").append(...law.arguments.map(each => control(each.key, each)));
  for (const [id, key] of [["x", "x"], ["y", "y"]]) {
    byId(id).append(...law.arguments.map(each => make("option", { value: each.key }, each.symbol)));
    byId(id).onchange = () => set(key, byId(id).value);
    controls.push(() => { byId(id).value = state[key]; });
  }
  const line = i => make("svg", { viewBox: "0 0 26 12", "aria-hidden": "true" }, make("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: colour(i), "stroke-width": 4, "stroke-dasharray": dash(i) }));
  const items = which => which.map(i => make("li", {}, line(i), law.terms[i].name));
  byId("legend").append(...items(parts));
  const risk = byId("risk");
  if (!numbers) return risk.append(make("p", {}, ...`There are none on this page: ${law.numbers || "none were asked for"}.`.split("`").map((part, i) => i % 2 ? make("code", {}, part) : part)));
  risk.append(make("p", { class: "soft" }, `At capacity ${numbers.capacity} and source ${numbers.source}, whose sums this page carries; right to a millionth for sizes to 10⁶ (or infinite) and ridges from 10⁻¹² (or zero) to 1000.`));
  law.arguments.forEach((argument, i) => {
    const { low, high } = numbers.ranges[i], least = Math.log10(Math.max(low, 1e-12));
    risk.append(control("at." + argument.key, { ...argument, low: least, high: argument.size ? 6 : 2 }, x => brief(10 ** x), x => Math.log10(Math.max(x, 1e-12))));
  });
  const select = make("select", { onchange: () => set("at.x", select.value) }, ...law.arguments.map(each => make("option", { value: each.key }, each.symbol)));
  controls.push(() => { select.value = state["at.x"]; });
  risk.append(make("p", {}, make("label", {}, "curves over ", select)), make("svg", { id: "curves", role: "img", "aria-label": "Risk and its components as curves" }),
    make("ul", { class: "legend" }, ...items(law.terms.map((_, i) => i).filter(shown))), make("p", { id: "values", role: "status" }));
}
const shown = i => law.terms[i].part || law.terms[i].key[0] === "test";

// --- exponents ---
let at = null, point = null;
function draw(resolution) {
  for (const update of controls) update();
  point = law.arguments.map(({ key }) => read(state[key]));
  byId("terms").replaceChildren();
  try {
    at = atNumbers(law, law.parameters.map(({ key }) => read(state[key])));
  } catch (error) { at = null; byId("answer").textContent = `No law here: ${error.message}.`; }
  if (at) {
    try { answer(along(at, point)); } catch (error) { byId("answer").textContent = `No law here: ${error.message}.`; }
    phases(resolution);
    alongLine();
  }
  if (numbers) curves(resolution);
}
function answer({ kappa, terms, dominant }) {
  const power = ({ exponent, logarithm }) => exponent === -Infinity ? "0" : exponent === Infinity ? "∞"
    : raised("Λ", toText(exponent)) + (logarithm.n ? ` · ${raised("ln Λ", toText(logarithm))}` : "");
  const monomial = term => !term.monomial ? "" : law.arguments.map(({ symbol }, i) => term.monomial[i].n ? raised(symbol, toText(term.monomial[i])) : "").filter(Boolean).join(" · ") || "1";
  const excess = terms[law.terms.findIndex(({ key }) => key[0] === "excess")] || terms[0];
  byId("answer").replaceChildren(...typeset(`Excess risk ~ ${power(excess)}, where ${law.terms[dominant].name} dominates.`));
  const same = (a, b) => toText(a.exponent) === toText(b.exponent) && toText(a.logarithm) === toText(b.logarithm), first = terms[dominant];
  if (same(excess, first)) excess.monomial = first.monomial; // of those that are equal
  const row = (name, term, mark) => make("tr", mark ? { class: "dominant" } : {}, make("th", { scope: "row" }, name, make("small", {}, mark)), make("td", { class: "power" }, ...typeset(power(term))), make("td", {}, ...typeset(monomial(term))));
  const mark = (term, i) => i === dominant ? " dominates" : law.terms[i].part && first.exponent !== -Infinity && same(term, first) ? " is as large" : "";
  byId("terms").append(row("κ", kappa, ""), ...terms.map((term, i) => row(law.terms[i].name, term, mark(term, i))));
}

// --- pictures ---
const axis = key => { const i = law.arguments.findIndex(argument => argument.key === key); return { i, ...law.arguments[i] }; };
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name);
const FRAME = { left: 46, right: 12, top: 10, bottom: 40 };
const UNKNOWN = -2, COARSE = 8;
let frame = null;
function phases(resolution) {
  const canvas = byId("phases"), width = Math.max(240, canvas.parentElement.clientWidth - 26), height = Math.round(Math.min(440, width * 0.7)), scale = devicePixelRatio || 1;
  canvas.width = width * scale; canvas.height = height * scale;
  const g = canvas.getContext("2d"), x = axis(state.x), y = axis(state.y);
  g.scale(scale, scale);
  const w = width - FRAME.left - FRAME.right, h = height - FRAME.top - FRAME.bottom, n = resolution, m = Math.round(n * h / w);
  frame = { x, y, w, h, toX: v => FRAME.left + (v - x.low) / (x.high - x.low) * w, toY: v => FRAME.top + (y.high - v) / (y.high - y.low) * h };
  const here = point.map(plain), which = new Int16Array(n * m), small = make("canvas", { width: n, height: m }), pixels = new ImageData(n, m);
  const tints = law.terms.map((_, i) => PALETTE[Math.max(parts.indexOf(i), 0) % PALETTE.length].match(/\w\w/g).map(c => parseInt(c, 16)));
  const ask = (i, j) => {
    if (which[j * n + i] === UNKNOWN) {
      here[x.i] = x.low + (i + 0.5) / n * (x.high - x.low);
      here[y.i] = y.high - (j + 0.5) / m * (y.high - y.low);
      which[j * n + i] = (roughly(at, here) || { dominant: -1 }).dominant;
    }
    return which[j * n + i];
  };
  which.fill(UNKNOWN);
  for (let j = 0; j < m; j += COARSE) for (let i = 0; i < n; i += COARSE) { // where corners agree, so does what is between them
    const u = Math.min(i + COARSE, n - 1), v = Math.min(j + COARSE, m - 1), k = ask(i, j), alike = [ask(u, j), ask(i, v), ask(u, v)].every(other => other === k);
    for (let q = j; q <= v; q++) for (let p = i; p <= u; p++) if (!alike) ask(p, q); else if (which[q * n + p] === UNKNOWN) which[q * n + p] = k;
  }
  which.forEach((k, p) => { if (k >= 0) pixels.data.set([...tints[k], parts.indexOf(k) < 8 ? 190 : 110], 4 * p); });
  small.getContext("2d").putImageData(pixels, 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(small, FRAME.left, FRAME.top, w, h);
  g.fillStyle = g.strokeStyle = css("--ink"); g.font = "12px system-ui, sans-serif"; g.lineWidth = 1;
  g.strokeRect(FRAME.left, FRAME.top, w, h);
  g.textAlign = "center"; g.textBaseline = "top";
  for (const v of ticks(x.low, x.high)) g.fillText(short(v), frame.toX(v), FRAME.top + h + 4);
  g.fillText(`power of ${x.symbol}`, FRAME.left + w / 2, height - 16);
  g.textAlign = "right"; g.textBaseline = "middle";
  for (const v of ticks(y.low, y.high)) g.fillText(short(v), FRAME.left - 5, frame.toY(v));
  g.save(); g.translate(9, FRAME.top + h / 2); g.rotate(-Math.PI / 2); g.textAlign = "center"; g.fillText(`power of ${y.symbol}`, 0, 0); g.restore();
  names(g, which, n, m, w / n);
  const [px, py] = [plain(point[x.i]), plain(point[y.i])];
  if ([px, py].every(Number.isFinite)) {
    for (const [thick, ink] of [[5, css("--back")], [2.5, css("--ink")]]) {
      g.lineWidth = thick; g.strokeStyle = ink; g.beginPath(); g.arc(frame.toX(px), frame.toY(py), 7, 0, 2 * Math.PI); g.stroke();
    }
  }
}
function names(g, which, n, m, cell) { // each region's name where there is most room, none over another
  const room = Float32Array.from(which, () => 0), taken = [];
  const border = (i, j, k) => i < 0 || j < 0 || i >= n || j >= m || which[j * n + i] !== k;
  for (const back of [false, true]) for (let s = 0; s < n * m; s++) {
    const p = back ? n * m - 1 - s : s, i = p % n, j = (p - i) / n, k = which[p], d = back ? 1 : -1;
    const near = [[i + d, j], [i, j + d], [i + d, j + d], [i - d, j + d]].map(([u, v]) => border(u, v, k) ? 1 : room[v * n + u] + 1);
    room[p] = back ? Math.min(room[p], ...near) : Math.min(...near);
  }
  g.textAlign = "center"; g.textBaseline = "middle"; g.font = "600 13px system-ui, sans-serif"; g.lineWidth = 4; g.lineJoin = "round";
  for (const k of new Set(which)) {
    if (k < 0) continue;
    let best = -1;
    for (let p = 0; p < n * m; p++) if (which[p] === k && (best < 0 || room[p] > room[best])) best = p;
    const text = law.terms[k].name, half = g.measureText(text).width / 2 + 3, i = best % n, left = FRAME.left, right = FRAME.left + n * cell;
    const cx = Math.min(Math.max(left + (i + 0.5) * cell, left + half), right - half), cy = FRAME.top + ((best - i) / n + 0.5) * cell;
    if (room[best] * cell < 12 || taken.some(([x, y, r]) => Math.abs(x - cx) < r + half && Math.abs(y - cy) < 18)) continue;
    taken.push([cx, cy, half]);
    g.strokeStyle = css("--back"); g.strokeText(text, cx, cy); g.fillStyle = css("--ink"); g.fillText(text, cx, cy);
  }
}
function ticks(low, high, most = 8, least = 0) {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].filter(s => s >= least).find(s => (high - low) / s <= most), found = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9; v += step) found.push(+v.toFixed(6));
  return found;
}
function chart(svg, x, y, titles, lines, mark, name = short, least = 0) { // x, y: [low, high]; lines: [term, [[x, y], …]]
  const width = Math.max(240, svg.parentElement.clientWidth - 2), height = Math.round(Math.min(380, width * 0.66)), left = 58;
  const toX = v => left + (v - x[0]) / (x[1] - x[0]) * (width - left - 12), toY = v => height - 42 - (v - y[0]) / (y[1] - y[0]) * (height - 54);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const nodes = [];
  for (const v of ticks(...x, width / 60, least)) nodes.push(make("line", { class: "axis", x1: toX(v), x2: toX(v), y1: 12, y2: height - 42 }), make("text", { x: toX(v), y: height - 26, "text-anchor": "middle" }, name(v)));
  for (const v of ticks(...y, 8, least)) nodes.push(make("line", { class: "axis", x1: left, x2: width - 12, y1: toY(v), y2: toY(v) }), make("text", { x: left - 6, y: toY(v) + 4, "text-anchor": "end" }, name(v)));
  nodes.push(make("text", { x: (left + width) / 2, y: height - 6, "text-anchor": "middle" }, titles[0]), make("text", { transform: `translate(13 ${height / 2}) rotate(-90)`, "text-anchor": "middle" }, titles[1]));
  if (Number.isFinite(mark) && mark >= x[0] && mark <= x[1]) nodes.push(make("line", { x1: toX(mark), x2: toX(mark), y1: 12, y2: height - 42, stroke: "var(--soft)", "stroke-dasharray": "3 3" }));
  for (const [i, points] of lines) {
    let path = "", pen = "M";
    for (const [u, v] of points) {
      if (!Number.isFinite(v) || v < y[0] - 1e-9 || v > y[1] + 1e-9) { pen = "M"; continue; }
      path += `${pen}${toX(u).toFixed(1)} ${toY(v).toFixed(1)}`; pen = "L";
    }
    nodes.push(make("path", { d: path, fill: "none", stroke: colour(i), "stroke-width": law.terms[i].part ? 2.2 : 3, "stroke-dasharray": dash(i) }));
  }
  svg.replaceChildren(...nodes);
  return { toX, left, width };
}
function alongLine() {
  const { i, low, high, symbol } = axis(state.x), here = point.map(plain), samples = [];
  for (let k = 0; k <= 120; k++) { here[i] = low + k / 120 * (high - low); const found = roughly(at, here); if (found) samples.push([here[i], found.terms]); }
  const lines = parts.map(k => [k, samples.map(([u, terms]) => [u, terms[k]])]), all = lines.flatMap(([, points]) => points.map(([, v]) => v)).filter(Number.isFinite);
  const [bottom, top] = all.length ? [Math.min(...all), Math.max(...all)] : [-1, 0];
  chart(byId("along"), [low, high], [bottom - 0.1, top + 0.1], [`power of ${symbol}`, "power of Λ"], lines, plain(point[i]));
}

// --- numbers ---
const risk = numbers && riskOf(law);
const value = key => { const x = read(state["at." + key]); return x === -Infinity ? 0 : plain(x); };
const decade = v => ["1", "10"][v] ?? `10${String(v).replace(/./g, c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻")}`;
const brief = x => x < 1e-3 || x >= 1e5 ? x.toExponential(2).replace(/\.?0*e\+?/, "e") : String(+x.toPrecision(3));
let drawn = {};
function curves(resolution) { // anew only where something in it changed
  const fine = resolution > 100, what = innerWidth + new URLSearchParams(Object.entries(state).filter(([name]) => name.startsWith("at.")));
  if (drawn.what === what && (drawn.fine || !fine)) return;
  drawn = { what, fine };
  const { i, key, symbol, size } = axis(state["at.x"]), values = law.arguments.map(each => value(each.key)), here = values.slice();
  const low = Math.log10(Math.max(numbers.ranges[i].low, key === "ridge" ? 1e-12 : 1e-4)), high = size ? 6 : 2, places = [];
  const n = fine ? 160 : 60, peak = fine ? 24 : 10;
  for (let k = 0; k <= n; k++) places.push(low + k / n * (high - low));
  if (size) law.arguments.forEach((other, j) => { // peaks are where two sizes meet
    if (other.size && j !== i) for (let k = 0; k < peak; k++) for (const side of [-1, 1]) places.push(Math.log10(values[j]) + side * 10 ** (-k / 4) / 3);
  });
  const samples = places.filter(v => v >= low && v <= high).sort((a, b) => a - b).map(v => { here[i] = 10 ** v; return [v, risk(here)]; }).filter(([, found]) => found);
  const lines = law.terms.map((_, k) => k).filter(shown).map(k => [k, samples.map(([v, { terms }]) => [v, Math.log10(terms[k])])]);
  const all = lines.flatMap(([, points]) => points.map(([, v]) => v)).filter(Number.isFinite), top = all.length ? Math.max(...all) : 0;
  const bottom = all.length ? Math.max(Math.min(...all), top - 10) : -1;
  chart(byId("curves"), [low, high], [bottom - 0.1, top + 0.1], [symbol, "risk"], lines, Math.log10(values[i]), decade, 1);
  const found = risk(values);
  byId("values").textContent = found ? `Here κ = ${found.kappa.toPrecision(7)}; ${law.terms.map(({ name }, k) => `${name} ${found.terms[k].toPrecision(7)}`).join(", ")}.` : "There are none here: outside the table that this page carries, or two sizes are equal at next to no ridge, where the risk diverges.";
}

// --- the point is moved by hand, and by keys ---
const steps = (v, step, { low, high }) => String(+Math.min(Math.max(Math.round(v / step) * step, low), high).toFixed(4));
function under(event) {
  const box = byId("phases").getBoundingClientRect(), { x, y, w, h } = frame, scale = box.width / (w + FRAME.left + FRAME.right);
  const u = ((event.clientX - box.left) / scale - FRAME.left) / w, v = ((event.clientY - box.top) / scale - FRAME.top) / h;
  return [x.low + u * (x.high - x.low), y.high - v * (y.high - y.low), u >= 0 && u <= 1 && v >= 0 && v <= 1];
}
function listen() {
  const canvas = byId("phases");
  const move = event => { const [u, v] = under(event); state[state.x] = steps(u, 0.05, frame.x); if (state.x !== state.y) state[state.y] = steps(v, 0.05, frame.y); changed(); };
  canvas.onpointerdown = event => { if (frame && at) { canvas.setPointerCapture(event.pointerId); move(event); } };
  canvas.onpointermove = event => {
    if (!frame || !at) return;
    if (event.buttons) move(event);
    const [u, v, inside] = under(event), here = point.map(plain);
    here[frame.x.i] = u; here[frame.y.i] = v;
    const found = inside && roughly(at, here);
    if (found) byId("hover").textContent = `At ${frame.x.symbol} ~ Λ^${short(u)}, ${frame.y.symbol} ~ Λ^${short(v)}: ${law.terms.map(({ name }, k) => `${name} ${short(found.terms[k])}`).join(", ")}; ${law.terms[found.dominant].name} dominates.`;
  };
  canvas.onkeydown = event => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] || [0, 0];
    if (!frame || !(dx || dy)) return;
    event.preventDefault();
    const key = dx ? state.x : state.y, range = dx ? frame.x : frame.y, now = plain(read(state[key])), step = event.shiftKey ? 0.5 : 0.05;
    set(key, steps((Number.isFinite(now) ? now : (range.low + range.high) / 2) + (dx + dy) * step, 0.05, range));
  };
  addEventListener("resize", changed);
  addEventListener("hashchange", () => { reset(); changed(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
reset();
build();
listen();
draw(360);
