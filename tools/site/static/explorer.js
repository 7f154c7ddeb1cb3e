// Explorers without a kernel. Their pictures are computed in the page (recipes.js), or chosen among
// frames that were drawn when the site was built.
"use strict";

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function control(label, settings, position, change) {
  const isChoice = settings.some((setting) => !/\d/.test(setting));
  const input = isChoice
    ? element("select", {}, ...settings.map((text, k) => element("option", { value: k }, text)))
    : element("input", { type: "range", min: 0, max: settings.length - 1, step: 1 });
  const shown = element("output", {});
  const show = (at) => {
    input.value = at;
    if (isChoice) return;
    shown.textContent = settings[at];
    input.setAttribute("aria-valuetext", settings[at]);
  };
  input.addEventListener("input", () => change(Number(input.value)));
  show(position);
  const row = element("label", { className: "explorer-control" }, label, input, shown);
  return { row, show };
}

const panelRow = () => element("div", { className: "explorer-panels" });
const figure = (picture) => element("figure", {}, picture, element("figcaption", {}));

// Frames -------------------------------------------------------------------------------------------

/** What shows the frame at given positions of the controls, and returns its text. */
function framed(root, data) {
  const address = (name) => `${data.folder}/${name}`;
  const panels = panelRow();
  const curves = element("img", { className: "explorer-curves", width: 600, height: 200 });
  root.addEventListener("pointerenter", () => {  // fetch what the next moves will show
    for (const frame of Object.values(data.frames))
      for (const [, name] of frame.panels) new Image().src = address(name);
  }, { once: true });

  function show(at) {
    const frame = data.frames[at.join()];
    if (!panels.children.length)
      frame.panels.forEach(() => panels.append(figure(element("img", {}))));
    frame.panels.forEach(([title, name, width, height], k) => {
      const [img, caption] = panels.children[k].children;
      Object.assign(img, { src: address(name), alt: title.trim() || "panel", width, height });
      caption.textContent = title;
    });
    curves.hidden = !frame.curves;
    if (frame.curves)
      Object.assign(curves, { src: address(frame.curves), alt: `Curves. ${frame.alt}` });
    return frame.text;
  }
  return { parts: [panels, curves], show };
}

// Computing ----------------------------------------------------------------------------------------

/** A picture that a script of the page brought, as helpers.js knows pictures. */
function broughtPicture(name) {
  const { width, height, channels, levels } = window.pictures[name];
  const bytes = Uint8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  return helpers.fromLevels(bytes, width, height, channels);
}

function paint(canvas, picture) {
  const { width, height, channels } = picture, levels = helpers.toLevels(picture);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    for (let c = 0; c < 3; c++)
      image.data[4 * at + c] = levels[at * channels + (channels === 3 ? c : 0)];
    image.data[4 * at + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** What computes the view at given positions of the controls, shows it, and returns its text. */
function computing(root, { computed, settings }) {
  const { names, values, axes } = computed, read = { ...computed.numbers };
  for (const [name, file] of Object.entries(computed.pictures)) read[name] = broughtPicture(file);
  const view = recipes[computed.recipe](read, computed.options);
  const panels = panelRow();
  let plot = null;

  function show(at) {
    const setting = { shown: at.map((k, which) => settings[which][k]).join(", ") };
    names.forEach((name, which) => { setting[name] = values[which][at[which]]; });
    const { panels: pictures, curves, text } = view(setting);
    if (!panels.children.length)
      for (const title of Object.keys(pictures)) {
        const made = figure(element("canvas", { role: "img", ariaLabel: title }));
        made.lastChild.textContent = title;
        panels.append(made);
      }
    Object.values(pictures).forEach((picture, k) => paint(panels.children[k].firstChild, picture));
    if (!plot) panels.after((plot = plotted(axes, Object.keys(curves))).svg);
    plot.draw(Object.values(curves), text);
    return text;
  }
  return { parts: [panels], show };
}

// Curves -------------------------------------------------------------------------------------------

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

// The explorer -------------------------------------------------------------------------------------

function explorer(root) {
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const at = [...data.start];
  const readout = element("p", { className: "explorer-readout" });
  readout.setAttribute("role", "status");
  const { parts, show } = (data.computed ? computing : framed)(root, data);

  const draw = () => { readout.textContent = show(at); };
  const move = (k, position) => {
    at[k] = position;
    // Of three controls or more, frames exist for one at a time: the others go back to their start.
    if (!data.computed && !(at.join() in data.frames))
      data.start.forEach((start, other) => { if (other !== k) at[other] = start; });
    controls.forEach((one, other) => one.show(at[other]));
    draw();
  };
  const controls = data.labels.map((label, k) =>
    control(label, data.settings[k], at[k], (position) => move(k, position)));
  root.querySelector(".explorer-still").remove();
  root.prepend(...controls.map(({ row }) => row), readout, ...parts);
  draw();
}

document.querySelectorAll(".explorer").forEach(explorer);

// What scrolls in itself can be scrolled with the keyboard.
for (const box of document.querySelectorAll("pre, .table-wrapper, .cell_output .output, div.math"))
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
