// Curves below the panels of an explorer: axes that are drawn once, and lines that move.
"use strict";

const COLOURS = ["#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const DASHES = ["", "", "6 3", "6 3 1 3", "1 2"];  // as in plotting.py: the first is bold

function drawn(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** Round numbers between two others: about five, or the powers of ten. */
function ticks([low, high], logarithmic) {
  if (logarithmic) {
    const first = Math.ceil(Math.log10(low)), last = Math.floor(Math.log10(high));
    return Array.from({ length: last - first + 1 }, (_, k) => 10 ** (first + k));
  }
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

/** A plot whose axes are drawn once; `draw` moves the lines. */
function plotted(axes, titles) {
  const [width, height, left, right, top, bottom] = [600, 200, 62, 8, 22, 38];
  const { xlim, ylim } = axes, log = axes.yscale === "log";
  const part = (value, [low, high]) => (value - low) / (high - low);
  const x = (value) => left + (width - left - right) * part(value, xlim);
  const y = (value) => height - bottom - (height - top - bottom) * (log
    ? part(Math.log10(value), ylim.map(Math.log10)) : part(value, ylim));
  const name = (value) => String(Number(value.toPrecision(6)));

  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  svg.classList.add("explorer-curves");
  const text = (content, at, more) =>
    svg.append(drawn("text", { ...at, "font-size": 11, "text-anchor": "middle", ...more }, content));
  const line = (x1, y1, x2, y2) =>
    svg.append(drawn("line", { x1, y1, x2, y2, stroke: "#000", "stroke-opacity": 0.2 }));
  for (const value of ticks(xlim, false)) {
    line(x(value), top, x(value), height - bottom);
    text(name(value), { x: x(value), y: height - bottom + 14 });
  }
  for (const value of ticks(ylim, log)) {
    line(left, y(value), width - right, y(value));
    text(name(value), { x: left - 5, y: y(value) + 4 }, { "text-anchor": "end" });
  }
  text(axes.x, { x: (left + width - right) / 2, y: height - 6 });
  text(axes.y, { x: 12, y: (top + height - bottom) / 2 },
    { transform: `rotate(-90 12 ${(top + height - bottom) / 2})` });

  const box = drawn("svg", {  // what leaves the axes is cut off
    x: left, y: top, width: width - left - right, height: height - top - bottom,
    viewBox: `${left} ${top} ${width - left - right} ${height - top - bottom}`,
  });
  svg.append(box);
  const lines = titles.map((title, k) => {
    const style = {
      fill: "none", stroke: COLOURS[k], "stroke-width": k ? 1.2 : 2, "stroke-dasharray": DASHES[k],
    };
    const from = left + (k * (width - left - right)) / titles.length;
    svg.append(drawn("line", { x1: from, x2: from + 24, y1: 11, y2: 11, ...style }));
    text(title, { x: from + 30, y: 15 }, { "text-anchor": "start" });
    return box.appendChild(drawn("polyline", style));
  });

  function draw(curves, words) {
    svg.setAttribute("aria-label", `Curves. ${words}`);
    lines.forEach((polyline, k) => {
      const [xs, ys] = curves[k], points = [];
      for (let at = 0; at < xs.length; at++)
        if (!log || ys[at] > 0) points.push(`${x(xs[at]).toFixed(1)},${y(ys[at]).toFixed(1)}`);
      polyline.setAttribute("points", points.join(" "));
    });
  }
  return { svg, draw };
}

