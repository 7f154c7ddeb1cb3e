// Parts of a page: an element with its properties and children, and a picture on a canvas.
"use strict";

/** A new element, with properties and children. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Shows a picture, as helpers know pictures, on a canvas of its size. */
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
