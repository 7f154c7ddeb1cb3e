"use strict";

/** The picture of the course under some noise, as a file, and two estimates. */
recipes.readings = ({ running: clean, seed }) => {
  const { estimation, generator, metrics, noise } = helpers, { fixed } = written;

  /** Median of the differences of differences in gray levels, over that of |n| for n ~ N(0, 1). */
  function oneLine({ width, height, data }) {
    const found = new Float64Array((width - 1) * (height - 1));
    for (let y = 1, to = 0; y < height; y++)
      for (let x = 1; x < width; x++) {
        const at = y * width + x;
        found[to++] = Math.abs(data[at - width - 1] - data[at - width] - data[at - 1] + data[at]) / 2;
      }
    return (255 * estimation.median(found)) / 0.6745;
  }

  return ({ sigma }) => {
    const noisy = metrics.eightBits(noise.gaussian(clean, { sigma }, generator(seed)));
    const text = `σ = ${fixed(255 * sigma, 0)}/255 · one line reads ${fixed(oneLine(noisy), 1)}`;
    const reads = (found) => `${text} · blind_sigma reads ${found}`;
    return {
      panels: { noisy },
      curves: {},
      text: reads("…"),
      later: () => reads(fixed(255 * estimation.auto(noisy, estimation.SOME), 1)),
    };
  };
};
