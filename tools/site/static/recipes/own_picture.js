"use strict";

/** A picture of the reader's, restored by a filter that is told a multiple of the estimate. */
recipes.own_picture = ({ picture, sigma }) => {
  const { both, filters, gradients } = helpers, { fixed } = written;
  return ({ filter, strength }) => {
    const told = strength * sigma, restored = filters[filter](picture, told);
    const curve = (one) => [gradients.BINS, gradients.probabilities(one)[0]];
    return {
      panels: {
        "your picture": picture,
        restored,
        "removed, twofold": both(picture, restored, (y, x) => 0.5 + 2 * (y - x)),
      },
      curves: { "your picture": curve(picture), restored: curve(restored) },
      text: `Noise found: σ = ${fixed(255 * sigma, 1)}/255 · ${filter}, told `
        + `${fixed(255 * told, 1)}/255`,
    };
  };
};
