// Explorers without a kernel. Their pictures are computed in the page (recipes/), or chosen among
// frames that were drawn when the site was built.
"use strict";

const REST = 150;  // milliseconds without a move

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

/** What shows the frame at given positions of the controls, and says what it is. */
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
    return { text: frame.text };
  }
  return { parts: [panels, curves], show };
}

// Computing ----------------------------------------------------------------------------------------

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

/** What computes the view at given positions of the controls, shows it, and says what it is. */
function computing(root, { computed, settings }) {
  const { names, values, axes } = computed, read = { ...computed.numbers };
  for (const [name, file] of Object.entries(computed.pictures)) 
    read[name] = helpers.brought(window.pictures[file]);
  const view = recipes[computed.recipe](read, computed.options);
  const panels = panelRow();
  let plot = null;

  function show(at) {
    const setting = { shown: at.map((k, which) => settings[which][k]).join(", ") };
    names.forEach((name, which) => { setting[name] = values[which][at[which]]; });
    const { panels: pictures, curves, text, later } = view(setting);
    if (!panels.children.length)
      for (const title of Object.keys(pictures)) {
        const made = figure(element("canvas", { role: "img", ariaLabel: title }));
        made.lastChild.textContent = title;
        panels.append(made);
      }
    Object.values(pictures).forEach((picture, k) => paint(panels.children[k].firstChild, picture));
    const titles = Object.keys(curves);
    if (titles.length) {
      if (!plot) panels.after((plot = plotted(axes, titles)).svg);
      plot.draw(Object.values(curves), text);
    }
    return { text, later };
  }
  return { parts: [panels], show };
}

// The explorer -------------------------------------------------------------------------------------

function explorer(root) {
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const at = [...data.start];
  const readout = element("p", { className: "explorer-readout" });
  readout.setAttribute("role", "status");
  const { parts, show } = (data.computed ? computing : framed)(root, data);

  let waiting = 0;
  const draw = () => {
    clearTimeout(waiting);
    const { text, later } = show(at);
    readout.textContent = text;
    // What takes longer than a blink waits until the slider rests.
    if (later) waiting = setTimeout(() => { readout.textContent = later(); }, REST);
  };
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
