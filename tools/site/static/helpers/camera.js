// The camera of `helpers.noise`: mosaic, photons and read noise, demosaicking, gamma, JPEG.
"use strict";

helpers.noise.camera = (() => {
  const { jpeg, noise } = helpers;
  const RIM = 2;  // a sensor is larger than its picture: neighbours for all

  /** Which colour a pixel of the sensor sees: red and blue in every second row and column. */
  const colourAt = (y, x) => ((y ^ x) & 1 ? 1 : y & 1 ? 2 : 0);

  /** What falls on the sensor: a picture widened by its edge, one colour a pixel, to the gamma. */
  function lightOn(picture, gamma) {
    const { channels, data } = picture;
    const width = picture.width + 2 * RIM, height = picture.height + 2 * RIM;
    const light = new Float32Array(width * height);
    for (let y = 0, to = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const row = Math.min(Math.max(y - RIM, 0), picture.height - 1);
        const column = Math.min(Math.max(x - RIM, 0), picture.width - 1);
        const at = (row * picture.width + column) * channels;
        light[to++] = Math.max(data[at + (channels === 3 ? colourAt(y, x) : 0)], 0) ** gamma;
      }
    return { width, height, channels: 1, data: light };
  }

  /** Where a line of n pixels is read two pixels beyond its ends: c b | a b c. */
  const reflected = (n) => Int32Array.from({ length: n + 4 }, (_, place) => {
    const at = Math.abs(place - 2);
    return at < n ? at : 2 * (n - 1) - at;
  });

  /** Linear interpolation of the two colours that each pixel lacks (Malvar, He, Cutler 2004). */
  function demosaic({ width, height, data: raw }) {
    const xs = reflected(width), ys = reflected(height);
    const green = new Float32Array(raw.length), colours = new Float32Array(3 * raw.length);
    const difference = [0, 1, 2].map(() => new Float32Array(raw.length));
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        const colour = colourAt(y, x), row = y * width, down = (k) => raw[ys[y + 2 + k] * width + x];
        const across = (k) => raw[row + xs[x + 2 + k]];
        green[at] = colour === 1 ? raw[at] : (4 * raw[at]
          + 2 * (down(-1) + down(1) + across(-1) + across(1))
          - down(-2) - down(2) - across(-2) - across(2)) / 8;
        if (colour !== 1) difference[colour][at] = raw[at] - green[at];
      }
    for (const c of [0, 2])
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0; x < width; x++, at++) {
          let sum = 0;
          for (let dy = -1; dy <= 1; dy++)
            for (let dx = -1; dx <= 1; dx++)
              sum += difference[c][ys[y + 2 + dy] * width + xs[x + 2 + dx]]
                * ((dy ? 1 : 2) * (dx ? 1 : 2));
          colours[3 * at + c] = colourAt(y, x) === c ? raw[at] : green[at] + sum / 4;
        }
    for (let at = 0; at < raw.length; at++) colours[3 * at + 1] = green[at];
    return { width, height, channels: 3, data: colours };
  }

  return function camera(picture, { gain, sigma, gamma, quality }, rng) {
    const raw = noise.poisson_gaussian(lightOn(picture, gamma), { gain, sigma }, rng);
    const { width, height, channels } = picture;
    const linear = helpers.crop(demosaic(raw), RIM, RIM, height, width);
    const shown = helpers.map(linear, (x) => helpers.clip(x) ** (1 / gamma));
    if (channels === 3) return jpeg(shown, { quality });
    const gray = new Float32Array(width * height), { data } = shown;  // a gray picture stays gray
    for (let at = 0; at < gray.length; at++)
      gray[at] = (data[3 * at] + data[3 * at + 1] + data[3 * at + 2]) / 3;
    return jpeg({ ...picture, data: gray }, { quality });
  };
})();
