// DE-G: gradient histograms, and the distance between two.
"use strict";

helpers.gradients = (() => {
  const { fround, hypot, max, min } = Math, { rint } = helpers;

  const BINS = Int32Array.from({ length: 511 }, (_, k) => k - 255);

  const gradients = {
    BINS,

    /** Counts of the differences −255 … 255 between neighbours of 8 bits: along x, along y. */
    histograms({ width, height, channels, data }) {
      const levels = new Int32Array(data.length);
      for (let at = 0; at < data.length; at++) levels[at] = rint(fround(data[at] * 255));
      const row = width * channels, x = new Float64Array(511), y = new Float64Array(511);
      const bin = (difference) => max(-255, min(255, difference)) + 255;
      for (let at = 0; at < levels.length; at++) {
        if (at % row >= channels) x[bin(levels[at] - levels[at - channels])]++;
        if (at >= row) y[bin(levels[at] - levels[at - row])]++;
      }
      return [x, y];
    },

    probabilities(picture) {
      return gradients.histograms(picture).map((counts) => {
        const total = counts.reduce((sum, count) => sum + count, 0);
        return counts.map((count) => count / total);
      });
    },

    /** How far probability has to be carried, in gray levels. */
    wasserstein(p, q) {
      let carried = 0, distance = 0;
      for (let k = 0; k < p.length; k++) distance += Math.abs((carried += p[k] - q[k]));
      return distance;
    },

    /** Distance between the gradient histograms of two pictures, √(dx² + dy²). */
    deg(reference, picture) {
      const p = gradients.probabilities(reference), q = gradients.probabilities(picture);
      return hypot(gradients.wasserstein(p[0], q[0]), gradients.wasserstein(p[1], q[1]));
    },
  };

  return gradients;
})();
