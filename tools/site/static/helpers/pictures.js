// The part of the Python package `helpers` that the pages compute with, a file for each topic. The
// same numbers as in Python, but for chance: moments agree, pixels not.
//
// A picture is { width, height, channels, data }, data a Float32Array row by row from 0 (black)
// to 1 (white), the channels of a pixel side by side: NumPy's (H, W) or (H, W, 3) float32.
// Classic scripts and no modules, because a page that lies on a disk may load no modules.
"use strict";

const helpers = (() => {
  const { fround } = Math;

  const like = (picture, data) => ({ ...picture, data });
  const map = (picture, change) => like(picture, picture.data.map(change));
  const clip = (x) => (x > 0 ? (x < 1 ? x : 1) : 0);
  const clipped = (picture) => map(picture, clip);

  // To the nearest whole number, halves to the even one, as NumPy does: beyond 2^52 a double has
  // no places left for fractions, so adding 1.5·2^52 rounds.
  const rint = (x) => x + 6755399441055744 - 6755399441055744;

  /** A picture from the bytes of 8-bit gray levels. */
  function fromLevels(levels, width, height, channels = 1) {
    const data = new Float32Array(levels.length);  // a loop: `from` is ten times as slow
    for (let at = 0; at < data.length; at++) data[at] = levels[at] / 255;
    return { width, height, channels, data };
  }

  /** A picture that a script of the page brought: its levels, or its values, in base 64. */
  function brought({ width, height, channels, levels, values }) {
    const bytes = Uint8Array.from(atob(levels ?? values), (letter) => letter.charCodeAt(0));
    if (levels) return fromLevels(bytes, width, height, channels);
    return { width, height, channels, data: new Float32Array(bytes.buffer) };
  }

  /** The gray levels of a picture, clipped and rounded, as bytes. */
  function toLevels({ data }) {
    const levels = new Uint8ClampedArray(data.length);
    for (let at = 0; at < data.length; at++) levels[at] = rint(fround(clip(data[at]) * 255));
    return levels;
  }

  /** Pixel by pixel, a function of two pictures of one size. */
  function both(a, b, combine) {
    const data = new Float32Array(a.data.length);
    for (let at = 0; at < data.length; at++) data[at] = combine(a.data[at], b.data[at]);
    return like(a, data);
  }

  /** What is done to one channel, done to each: `change(plane, width, height)` gives a plane. */
  function byChannel(picture, change) {
    const { width, height, channels, data } = picture, result = new Float32Array(data.length);
    for (let c = 0; c < channels; c++) {
      const made = change(channel(picture, c), width, height);
      for (let at = 0; at < made.length; at++) result[at * channels + c] = made[at];
    }
    return like(picture, result);
  }

  /** The values of one channel, row by row. */
  function channel({ width, height, channels, data }, c) {
    if (channels === 1) return data;
    const plane = new Float32Array(width * height);
    for (let at = 0; at < plane.length; at++) plane[at] = data[at * channels + c];
    return plane;
  }

  /** A rectangle cut out of a picture. */
  function crop({ width, channels, data }, top, left, height, columns) {
    const cut = new Float32Array(height * columns * channels), row = columns * channels;
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * width + left) * channels;
      cut.set(data.subarray(from, from + row), y * row);
    }
    return { width: columns, height, channels, data: cut };
  }

  /** Where each place of a line of n pixels, and of `margin` more at both ends, is read. */
  function mirrored(n, margin) {
    return Int32Array.from({ length: n + 2 * margin }, (_, place) => {
      const at = (((place - margin) % (2 * n)) + 2 * n) % (2 * n);
      return at < n ? at : 2 * n - 1 - at;  // the pixel at the edge comes twice: b a | a b
    });
  }

  /** Mean and standard deviation of values. */
  function moments(values) {
    const n = values.length;
    let mean = 0, square = 0;
    for (let at = 0; at < n; at++) mean += values[at] / n;
    for (let at = 0; at < n; at++) square += (values[at] - mean) * (values[at] - mean);
    return [mean, Math.sqrt(square / n)];
  }

  return {
    both, brought, byChannel, channel, clip, clipped, crop, fromLevels, like, map, mirrored, moments, rint,
    toLevels,
  };
})();
