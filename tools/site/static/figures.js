// Pictures at whole-number zoom: a browser that stretches a picture of noise resamples the noise. One
// that is wider than the page scrolls in itself. Plots are no pictures, and shrink to the page.
"use strict";

function wholeFigures() {
  const dense = window.devicePixelRatio;
  for (const figure of document.querySelectorAll("img.figure:not(.explorer-still, .plot)")) {
    const [width, height] = ["width", "height"].map((name) => Number(figure.getAttribute(name)));
    const room = figure.closest(".output, .cell_output")?.clientWidth ?? width;
    const most = Math.floor(Math.min(dense, (room * dense) / width));  // never larger than drawn
    const factor = Math.max(1, most) / dense;
    Object.assign(figure.style, { width: `${width * factor}px`, height: `${height * factor}px` });
    figure.classList.add("whole");
  }
  // What scrolls in itself can be scrolled with the keyboard.
  for (const box of document.querySelectorAll("pre, .table-wrapper, .cell_output .output, div.math"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}

wholeFigures();
window.addEventListener("resize", wholeFigures);
