// Explorers without a kernel. Their pictures are computed in the page (recipes/), or chosen among
// frames that were drawn when the site was built.
"use strict";

const REST = 150;  // milliseconds without a move

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

// Frames -------------------------------------------------------------------------------------------

/** What shows the frame at given positions of the controls, and says what it is. */
function framed(root, data) {
  const address = (name) => `${data.folder}/${name}`;
  const panels = viewing();
  const curves = element("img", { className: "explorer-curves", width: 600, height: 200 });
  root.addEventListener("pointerenter", () => {  // fetch what the next moves will show
    for (const frame of Object.values(data.frames))
      for (const [, name] of frame.panels) new Image().src = address(name);
  }, { once: true });

  function show(at) {
    const frame = data.frames[at.join()];
    frame.panels.forEach(([title, name], k) => {
      if (!panels.row.children[k]) panels.add(element("img", {}));
      Object.assign(panels.pictures()[k], { src: address(name), alt: title.trim() || "panel" });
      panels.call(k, title);
    });
    curves.hidden = !frame.curves;
    if (frame.curves)
      Object.assign(curves, { src: address(frame.curves), alt: `Curves. ${frame.alt}` });
    return { text: frame.text };
  }
  return { parts: [panels.row, panels.tools, curves], show };
}

// Computing ----------------------------------------------------------------------------------------

/** What computes the view at given positions of the controls, shows it, and says what it is. */
function computing(root, { computed, settings }) {
  const { names, values, axes } = computed, read = { ...computed.numbers };
  for (const [name, file] of Object.entries(computed.pictures))
    read[name] = helpers.brought(window.pictures[file]);
  const view = recipes[computed.recipe](read, computed.options);
  const panels = viewing();
  let plot = null;

  function show(at) {
    const setting = { shown: at.map((k, which) => settings[which][k]).join(", ") };
    names.forEach((name, which) => { setting[name] = values[which][at[which]]; });
    const { panels: pictures, curves, text, later } = view(setting);
    const isNew = !panels.row.children.length;
    Object.entries(pictures).forEach(([title, picture], k) => {
      if (isNew) {
        panels.add(element("canvas", { role: "img", ariaLabel: title }));
        panels.call(k, title);
      }
      paint(panels.pictures()[k], picture);
    });
    if (isNew) panels.fit();
    const titles = Object.keys(curves);
    if (titles.length) {
      if (!plot) panels.tools.after((plot = plotted(axes, titles)).svg);
      plot.draw(Object.values(curves), text);
    }
    return { text, later };
  }
  return { parts: [panels.row, panels.tools], show };
}

// The explorer -------------------------------------------------------------------------------------

/** Makes an explorer of an element; its still picture stays where no script runs. */
function explorer(root, data) {
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
    clearTimeout(waiting);
    if (data.rests) waiting = setTimeout(draw, REST);  // too slow to follow the slider
    else draw();
  };
  const controls = data.labels.map((label, k) =>
    control(label, data.settings[k], at[k], (position) => move(k, position)));
  root.querySelector(".explorer-still")?.remove();
  const handles = element("div", { className: "explorer-controls" });
  handles.append(...controls.map(({ row }) => row));
  root.prepend(handles, readout, ...parts);
  draw();
}

for (const root of document.querySelectorAll(".explorer"))
  explorer(root, JSON.parse(root.querySelector("script[type='application/json']").textContent));
