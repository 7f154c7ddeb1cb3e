"use strict";

/** What a corruption does to the gradient histograms along x and along y. */
recipes.fingerprint = ({ clean, seed }, { models }) => {
  const { clipped, generator, gradients, noise, parameters } = helpers;
  const [across] = gradients.probabilities(clean);
  return ({ corruption, position }) => {
    const declared = models[corruption], values = parameters.valuesAt(declared, position);
    const corrupted = clipped(noise[corruption](clean, values, generator(seed)));
    const [x, y] = gradients.probabilities(corrupted), { BINS } = gradients;
    const distance = written.fixed(gradients.deg(clean, corrupted), 1);
    return {
      panels: { clean, corrupted },
      curves: { "clean, x": [BINS, across], "corrupted, x": [BINS, x], "corrupted, y": [BINS, y] },
      text: `${parameters.describe(declared, values)} · Wasserstein distance ${distance} `
        + "gray levels",
    };
  };
};
