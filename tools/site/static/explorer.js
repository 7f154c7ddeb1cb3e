// Explorers without a kernel: controls that choose among frames drawn when the site was built.
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

function explorer(root) {
  const data = JSON.parse(root.querySelector("script").textContent);
  const address = (name) => `${data.folder}/${name}`;
  const at = [...data.start];
  const readout = element("p", { className: "explorer-readout" });
  readout.setAttribute("role", "status");
  const panels = element("div", { className: "explorer-panels" });
  const curves = element("img", { className: "explorer-curves", width: 600, height: 200 });

  const draw = () => {
    const frame = data.frames[at.join()];
    readout.textContent = frame.text;
    if (!panels.children.length)
      frame.panels.forEach(() => panels.append(
        element("figure", {}, element("img", {}), element("figcaption", {}))));
    frame.panels.forEach(([title, name, width, height], k) => {
      const [img, caption] = panels.children[k].children;
      Object.assign(img, { src: address(name), alt: title.trim() || "panel", width, height });
      caption.textContent = title;
    });
    curves.hidden = !frame.curves;
    if (frame.curves) Object.assign(curves, { src: address(frame.curves), alt: `Curves. ${frame.alt}` });
  };
  const move = (k, position) => {
    at[k] = position;
    // Of three controls or more, frames exist for one at a time: the others go back to their start.
    if (!(at.join() in data.frames))
      data.start.forEach((start, other) => { if (other !== k) at[other] = start; });
    controls.forEach((one, other) => one.show(at[other]));
    draw();
  };
  const controls = data.labels.map((label, k) =>
    control(label, data.settings[k], at[k], (position) => move(k, position)));
  root.addEventListener("pointerenter", () => {  // fetch what the next moves will show
    for (const frame of Object.values(data.frames))
      for (const [, name] of frame.panels) new Image().src = address(name);
  }, { once: true });
  root.querySelector(".explorer-still").remove();
  root.prepend(...controls.map(({ row }) => row), readout, panels, curves);
  draw();
}

document.querySelectorAll(".explorer").forEach(explorer);

// What scrolls in itself can be scrolled with the keyboard.
for (const box of document.querySelectorAll("pre, .table-wrapper, .cell_output .output, div.math"))
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
