// The camera of `helpers.noise`: mosaic, photons and read noise, demosaicking, gamma, JPEG.
"use strict";

helpers.noise.camera = (() => {
  const { clip, jpeg, noise } = helpers;
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
        const colour = colourAt(y, x), row = y * width;
        if (colour === 1) {
          green[at] = raw[at];
          continue;
        }
        const near = raw[ys[y + 1] * width + x] + raw[ys[y + 3] * width + x]
          + raw[row + xs[x + 1]] + raw[row + xs[x + 3]];
        const far = raw[ys[y] * width + x] + raw[ys[y + 4] * width + x]
          + raw[row + xs[x]] + raw[row + xs[x + 4]];
        green[at] = (4 * raw[at] + 2 * near - far) / 8;
        difference[colour][at] = raw[at] - green[at];
      }
    // Red was measured in even rows and columns, blue in odd ones: two or four of them lie around
    // the others, whose differences to green are averaged.
    for (const c of [0, 2]) {
      const measured = difference[c], odd = c >> 1;
      for (let y = 0, at = 0; y < height; y++) {
        const above = ys[y + 1] * width, own = y * width, below = ys[y + 3] * width;
        for (let x = 0; x < width; x++, at++) {
          const left = xs[x + 1], right = xs[x + 3];
          let mean;
          if ((x & 1) === odd)
            mean = (y & 1) === odd ? null : (measured[above + x] + measured[below + x]) / 2;
          else if ((y & 1) === odd) mean = (measured[own + left] + measured[own + right]) / 2;
          else
            mean = (measured[above + left] + measured[above + right] + measured[below + left]
              + measured[below + right]) / 4;
          colours[3 * at + c] = mean === null ? raw[at] : green[at] + mean;
        }
      }
    }
    for (let at = 0; at < raw.length; at++) colours[3 * at + 1] = green[at];
    return { width, height, channels: 3, data: colours };
  }

  /** x^power for x in [0, 1] from a table, straight between its values: far within a gray level. */
  function powers(power) {
    const fine = 4096;  // of √x, against which the curve is nearly straight
    const table = Float64Array.from({ length: fine + 2 }, (_, k) => (k / fine) ** (2 * power));
    return (x) => {
      const place = Math.sqrt(x) * fine, k = place | 0;
      return table[k] + (place - k) * (table[k + 1] - table[k]);
    };
  }

  return function camera(picture, { gain, sigma, gamma, quality }, rng) {
    const raw = noise.poisson_gaussian(lightOn(picture, gamma), { gain, sigma }, rng);
    const { width, height, channels } = picture;
    const linear = helpers.crop(demosaic(raw), RIM, RIM, height, width);
    const brighten = powers(1 / gamma), shown = helpers.map(linear, (x) => brighten(clip(x)));
    if (channels === 3) return jpeg(shown, { quality });
    const gray = new Float32Array(width * height), { data } = shown;  // a gray picture stays gray
    for (let at = 0; at < gray.length; at++)
      gray[at] = (data[3 * at] + data[3 * at + 1] + data[3 * at + 2]) / 3;
    return jpeg({ ...picture, data: gray }, { quality });
  };
})();
