"use strict";

/** A filter, told some σ, on a picture with some noise. */
recipes.try_filter = ({ small: clean, seed, kinds, strengths }) => {
  const { both, filters, generator, map, metrics, noise } = helpers, { fixed } = written;
  const models = {
    ...noise,
    /** White noise, blurred before it is added: neighbours share it. */
    blotches(picture, _, rng) {
      const white = map(picture, () => (60 / 255) * rng.normal());
      return both(picture, helpers.blur.gaussian(white, { sigma: 0.7 }), (x, n) => x + n);
    },
  };
  const samples = {};
  for (const [kind, [key, values]] of Object.entries(kinds))
    samples[kind] = models[key](clean, values, generator(seed));
  const psnr = (picture) => fixed(metrics.psnr(clean, metrics.eightBits(picture)), 1);
  return ({ told, method, kind }) => {
    const noisy = samples[kind], restored = filters[method](noisy, told);
    const residual = both(noisy, restored, (x, y) => x - y + 0.5);
    return {
      panels: { noisy, restored, residual, clean },
      curves: {},
      text: `${method}, told ${fixed(255 * told, 0)}/255; the noise has `
        + `${fixed(strengths[kind], 1)}/255 · PSNR ${psnr(noisy)} → ${psnr(restored)} dB`,
    };
  };
};
