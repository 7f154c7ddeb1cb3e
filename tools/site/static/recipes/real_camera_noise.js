"use strict";

/** A cup as a camera takes it, its noise, and noise against brightness. */
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

  const colours = ({ data }) => [0, 1, 2].map((c) => {
    const plane = Float64Array.from({ length: data.length / 3 }, (_, at) => data[3 * at + c]);
    const [mean] = moments(plane);
    return plane.map((x) => x - mean);
  });
  const product = (a, b) => a.reduce((sum, x, at) => sum + x * b[at], 0);

  /** Correlation with the next pixel, mean of both directions; the picture is closed to a ring. */
  function neighbours(planes, width, height) {
    let near = 0, power = 0;
    for (const plane of planes) {
      power += product(plane, plane);
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0; x < width; x++, at++) {
          const right = y * width + ((x + 1) % width), below = ((y + 1) % height) * width + x;
          near += (plane[at] * (plane[right] + plane[below])) / 2;
        }
    }
    return near / power;
  }

  const correlation = (a, b) => product(a, b) / Math.sqrt(product(a, a) * product(b, b));

  /** Standard deviation of the noise at each step of the ramp. */
  function spreads(noiseOfRamp) {
    return steps.map((_, k) => {
      const values = [];
      for (let y = 0; y < rows; y++) {
        const from = (y * ramp.width + k * columns) * 3;
        for (let at = from; at < from + 3 * columns; at++) values.push(noiseOfRamp.data[at]);
      }
      return 255 * moments(values)[1];
    });
  }

  return ({ shown, ...values }) => {
    const [picture, noisy] = added(crop, values), [, onRamp] = added(ramp, values);
    const planes = colours(noisy), [red, green, blue] = planes;
    const near = neighbours(planes, crop.width, crop.height);
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
