// What explorers compute in the page: the functions of the notebooks once more, each beside the
// name under which `tools/site/computed.py` declares it.
//
// A recipe takes what it reads of the notebook, and options. It returns a function of a setting
// that returns a View, as `widgets.View` is one: panels and curves by title, and a line of text. A
// setting has the values of the controls by name, and `shown`, as the notebook writes them.
"use strict";

const recipes = (() => {
  const { noise, metrics, gradients, generator } = helpers;

  /** A number as Python's format writes it. */
  const fixed = (x, digits) => (Number.isFinite(x) ? x.toFixed(digits) : x > 0 ? "inf" : "-inf");
  const signed = (x, digits) => (x < 0 ? "" : "+") + fixed(x, digits);

  /** Mean and standard deviation. */
  function moments(values) {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const square = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    return [mean, Math.sqrt(square)];
  }

  /** How many values are nearest to each gray level −255 … 255, of the most there are of any. */
  function frequencies(values) {
    const counts = new Float64Array(511);
    for (const value of values) counts[Math.floor(255 * value + 0.5) + 255]++;
    const most = counts.reduce((high, count) => Math.max(high, count), 0);
    return counts.map((count) => count / most);
  }

  /** Clean picture, noisy picture, the error, and how its values are spread. */
  function expose({ picture: clean, seed }, { model, title }) {
    return ({ shown, ...parameters }) => {
      const noisy = noise[model](clean, parameters, generator(seed));
      const added = noisy.data.map((y, at) => y - clean.data[at]);
      const [mean, deviation] = moments(added);
      const text = `${title}, ${shown} · error: mean ${signed(255 * mean, 2)}, standard `
        + `deviation ${fixed(255 * deviation, 1)} gray levels · PSNR `
        + `${fixed(metrics.psnr(clean, noisy), 1)} dB`;
      return {
        panels: { clean, noisy, "error + 128": { ...clean, data: added.map((x) => x + 0.5) } },
        curves: { error: [gradients.BINS, frequencies(added)] },
        text,
      };
    };
  }

  /** A clean picture, with noise, and blurred by a pixel: what noise and blur each cost. */
  function compare({ picture: clean, seed }) {
    const psnr = (picture) => metrics.score(clean, picture).psnr;
    return ({ shown, sigma }) => {
      const noisy = noise.gaussian(clean, { sigma }, generator(seed));
      const blurred = helpers.filters.gaussian(noisy, { sigma: 1 });
      const panels = { clean, "noisy input": noisy, "blurred by 1 px": blurred };
      const curves = {};
      for (const [title, picture] of Object.entries(panels))
        curves[title] = [gradients.BINS, gradients.probabilities(picture)[0]];
      const before = psnr(noisy), after = psnr(blurred), gain = signed(after - before, 1);
      const scores = `noisy input ${fixed(before, 1)} dB, blurred ${fixed(after, 1)} dB`;
      return { panels, curves, text: `${shown} · PSNR: ${scores}, gain ${gain} dB` };
    };
  }

  return { expose, compare };
})();
