// How the panels of an explorer are looked at: enlarged by whole numbers and moved together, or two
// of them behind a curtain.
"use strict";

const GAP = 8;  // CSS pixels between panels
const NARROW = 480;  // of a telephone: two panels in a row
const TALLEST = 560;  // of all panels, so that the slider stays in sight
const ZOOMS = [1, 2, 4, 8];

/** The natural size of a picture, of an image or of a canvas. */
const natural = (picture) => [
  picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height,
];

/** In how many columns so many panels of a size are largest, without a slider out of sight: the room
 * for each, and how many pixels of the screen make one of a panel. */
function arranged(count, across, width, height) {
  const tried = (columns) => {
    const room = Math.floor((across - GAP * (columns - 1)) / columns);
    const rows = Math.ceil(count / columns), tall = TALLEST / rows;
    const base = Math.floor(window.devicePixelRatio * Math.min(room / width, tall / height));
    return { columns, room, base: Math.max(1, base), empty: columns * rows - count };
  };
  if (across < NARROW || count <= 3) return tried(across < NARROW ? Math.min(count, 2) : count);
  const ways = Array.from({ length: count }, (_, k) => tried(k + 1));
  return ways.reduce((best, way) =>
    (way.base > best.base || (way.base === best.base && way.empty <= best.empty) ? way : best));
}

/** Panels, and what is done with them; `add(picture)` puts another one beside the last. */
function viewing() {
  const row = element("div", { className: "explorer-panels" });
  const zoom = element("select", {}, ...ZOOMS.map((by) =>
    element("option", { value: by }, by === 1 ? "whole" : `×${by}`)));
  const curtain = element("input", { type: "checkbox" });
  const position = element("input", { type: "range", min: 0, max: 100, value: 50 });
  position.setAttribute("aria-label", "place of the curtain");
  const sides = [element("select", {}), element("select", {})];
  sides.forEach((select, k) =>
    select.setAttribute("aria-label", k ? "right of the curtain" : "left of the curtain"));
  const behind = element("span", { className: "explorer-sides", hidden: true },
    sides[0], position, sides[1]);
  const both = element("label", {}, curtain, "curtain");
  const tools = element("div", { className: "explorer-tools" },
    element("label", {}, "zoom", zoom), both, behind);
  const windows = () => Array.from(row.querySelectorAll(".explorer-window"));
  const picture = (box) => box.firstElementChild;

  /** A panel: its caption, and a window on its picture. */
  function add(made) {
    const box = element("div", { className: "explorer-window", role: "group" }, made);
    const caption = element("figcaption", {});
    row.append(element("figure", {}, box, caption));
    sides.forEach((select) => select.append(element("option", {}, "")));
    sides[1].selectedIndex = row.children.length > 2 ? 2 : 1;
    sides[0].selectedIndex = sides[1].selectedIndex - 1;
    both.hidden = row.children.length < 2;
    box.addEventListener("scroll", () => follow(box));
    box.addEventListener("pointerdown", grab);
    if (made instanceof HTMLImageElement) made.addEventListener("load", fit);
  }

  function call(k, title) {
    const [box, caption] = row.children[k].children;
    caption.textContent = title;
    box.setAttribute("aria-label", title.trim() || "panel");
    sides.forEach((select) => { select.options[k].textContent = title; });
  }

  /** Every window shows the same place. */
  function follow(box) {
    for (const other of windows())
      if (other.scrollLeft !== box.scrollLeft || other.scrollTop !== box.scrollTop)
        other.scrollTo(box.scrollLeft, box.scrollTop);
  }

  /** Sizes: a pixel of a picture is a whole number of the screen's pixels, or noise would change. */
  function fit() {
    const boxes = windows(), count = curtain.checked ? 1 : boxes.length;
    if (!boxes.length || !row.clientWidth) return;
    const [width, height] = natural(picture(boxes[0])), dense = window.devicePixelRatio;
    if (!width) return;  // not loaded yet
    const { columns, room, base } = arranged(count, row.clientWidth, width, height);
    const side = (pixels) => Math.min((pixels * base) / dense, room);
    const before = boxes[0].scrollWidth > boxes[0].clientWidth && boxes[0].dataset.placed
      ? [(boxes[0].scrollLeft + boxes[0].clientWidth / 2) / boxes[0].scrollWidth,
        (boxes[0].scrollTop + boxes[0].clientHeight / 2) / boxes[0].scrollHeight]
      : [0.5, 0.4];  // in the upper middle, where photographs have their subject
    for (const box of boxes) {
      const factor = (base * zoom.value) / dense, [w, h] = natural(picture(box));
      Object.assign(picture(box).style, { width: `${w * factor}px`, height: `${h * factor}px` });
      Object.assign(box.style, { width: `${side(width)}px`, height: `${side(height)}px` });
      const moves = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (moves) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
      box.scrollTo(before[0] * box.scrollWidth - box.clientWidth / 2,
        before[1] * box.scrollHeight - box.clientHeight / 2);
      box.dataset.placed = moves ? "yes" : "";
    }
    row.style.setProperty("--columns", columns);
    row.style.setProperty("--window", `${side(width)}px`);
  }

  const hang = () => row.style.setProperty("--share", position.value / 100);

  /** The curtain: the right picture lies over the left one, and begins where the slider stands. */
  function draw() {
    row.classList.toggle("curtain", curtain.checked);
    behind.hidden = !curtain.checked;
    hang();
    Array.from(row.children).forEach((figure, k) => {
      figure.hidden = curtain.checked && !sides.some((select) => select.selectedIndex === k);
      figure.classList.toggle("over", curtain.checked && sides[1].selectedIndex === k);
    });
    fit();
  }

  /** A pressed pointer draws the curtain, or moves what is enlarged. */
  function grab(down) {
    if (down.pointerType !== "mouse" && !curtain.checked) return;  // a finger scrolls by itself
    const box = down.currentTarget, from = [box.scrollLeft, box.scrollTop];
    const move = (event) => {
      if (curtain.checked) {
        const { left, width } = box.getBoundingClientRect();
        position.value = (100 * (event.clientX - left)) / width;
        hang();
      } else
        box.scrollTo(from[0] + down.clientX - event.clientX, from[1] + down.clientY - event.clientY);
    };
    if (curtain.checked) move(down);
    box.setPointerCapture(down.pointerId);
    box.addEventListener("pointermove", move);
    const leave = () => box.removeEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, leave, { once: true });
    down.preventDefault();
  }

  zoom.addEventListener("change", fit);
  for (const input of [curtain, position, ...sides]) input.addEventListener("input", draw);
  new ResizeObserver(fit).observe(row);
  return { row, tools, add, call, fit, pictures: () => windows().map(picture) };
}
