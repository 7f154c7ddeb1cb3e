"use strict";

/** A picture as a camera takes it, its noise, and noise against brightness. */
recipes.photograph = ({ crop, steps, seed }) => {
  const { both, generator, map, moments, noise } = helpers, { fixed } = written;
  const rows = 64, columns = 4;  // of one step of a ramp from dark to bright
  const ramp = { width: columns * steps.length, height: rows, channels: 3, data: null };
  ramp.data = Float32Array.from({ length: rows * ramp.width * 3 }, (_, at) =>
    steps[Math.floor((Math.floor(at / 3) % ramp.width) / columns)]);

  /** The difference of two exposures over √2: the noise of one, without the scene. */
  function added(scene, values) {
    const [one, other] = [0, 1].map((k) => noise.camera(scene, values, generator(seed + k)));
    return [one, both(one, other, (x, y) => (x - y) / Math.SQRT2)];
  }

  /** The three colours, each without its mean. */
  const colours = (picture) => [0, 1, 2].map((c) => {
    const plane = helpers.channel(picture, c), [mean] = moments(plane);
    return plane.map((x) => x - mean);
  });

  function product(a, b) {
    let sum = 0;
    for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
    return sum;
  }

  /** Correlation with the next pixel, mean of both directions; the picture is closed to a ring. */
  function neighbours(planes, width) {
    let near = 0, power = 0;
    for (const plane of planes) {
      power += product(plane, plane);
      for (let at = 0; at < plane.length; at++) {
        const right = (at + 1) % width ? at + 1 : at + 1 - width;
        const below = at + width < plane.length ? at + width : at + width - plane.length;
        near += (plane[at] * (plane[right] + plane[below])) / 2;
      }
    }
    return near / power;
  }

  const correlation = (a, b) => product(a, b) / Math.sqrt(product(a, a) * product(b, b));

  /** Standard deviation of the noise at each step of the ramp. */
  function spreads(noiseOfRamp) {
    const row = 3 * ramp.width, one = 3 * columns, values = new Float32Array(rows * one);
    return steps.map((_, k) => {
      for (let y = 0; y < rows; y++) {
        const from = y * row + k * one;
        values.set(noiseOfRamp.data.subarray(from, from + one), y * one);
      }
      return 255 * moments(values)[1];
    });
  }

  return ({ shown, ...values }) => {
    const [picture, noisy] = added(crop, values), [, onRamp] = added(ramp, values);
    const planes = colours(noisy), [red, green, blue] = planes;
    const near = neighbours(planes, crop.width);
    const pairs = [[red, green], [red, blue], [green, blue]];
    const between = pairs.reduce((sum, [a, b]) => sum + correlation(a, b) / pairs.length, 0);
    return {
      panels: { picture, "noise, twofold": map(noisy, (x) => 0.5 + 2 * x) },
      curves: { noise: [steps, spreads(onRamp)] },
      text: `noise ${fixed(255 * moments(noisy.data)[1], 1)}/255 · correlation of neighbours `
        + `${fixed(near, 2)}, of colours ${fixed(between, 2)}`,
    };
  };
};
