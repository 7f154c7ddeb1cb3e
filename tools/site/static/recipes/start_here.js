"use strict";

/** A clean picture, with noise, and blurred by a pixel: what noise and blur each cost. */
recipes.compare = ({ picture: clean, seed }) => {
  const { blur, generator, gradients, metrics, noise } = helpers, { fixed, signed } = written;
  const psnr = (picture) => metrics.score(clean, picture).psnr;
  return ({ shown, sigma }) => {
    const noisy = noise.gaussian(clean, { sigma }, generator(seed));
    const blurred = blur.gaussian(noisy, { sigma: 1 });
    const panels = { clean, "noisy input": noisy, "blurred by 1 px": blurred };
    const curves = {};
    for (const [title, picture] of Object.entries(panels))
      curves[title] = [gradients.BINS, gradients.probabilities(picture)[0]];
    const before = psnr(noisy), after = psnr(blurred), gain = signed(after - before, 1);
    const scores = `noisy input ${fixed(before, 1)} dB, blurred ${fixed(after, 1)} dB`;
    return { panels, curves, text: `${shown} · PSNR: ${scores}, gain ${gain} dB` };
  };
};
