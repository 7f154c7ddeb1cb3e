// Scores: one number for a picture and its reference, the reference first.
"use strict";

helpers.metrics = (() => {
  const { fround } = Math, { clip, gradients, map, rint } = helpers;

  const metrics = {
    mse(reference, picture) {
      let sum = 0;
      for (let at = 0; at < picture.data.length; at++)
        sum += (reference.data[at] - picture.data[at]) * (reference.data[at] - picture.data[at]);
      return sum / picture.data.length;
    },

    /** Decibels; Infinity for equal pictures. */
    psnr: (reference, picture) => -10 * Math.log10(metrics.mse(reference, picture)),

    /** What a file would hold: clipped to [0, 1] and rounded to 256 levels. */
    eightBits: (picture) => map(picture, (x) => rint(fround(clip(x) * 255)) / 255),

    /** By the protocol of all tables: clipped and rounded, then compared. */
    score(reference, picture) {
      const rounded = metrics.eightBits(picture);
      const mse = metrics.mse(reference, rounded);
      return { mse, psnr: metrics.psnr(reference, rounded), deg: gradients.deg(reference, rounded) };
    },
  };

  return metrics;
})();
