"use strict";

{
  const { generator, gradients, metrics, moments, noise, parameters } = helpers;
  const { fixed, short, signed } = written;

  /** How many values are nearest to each gray level −255 … 255, of the most there are of any. */
  function frequencies(values) {
    const counts = new Float64Array(511);
    for (const value of values) {
      const at = Math.floor(255 * value + 0.5) + 255;
      if (at >= 0 && at < 511) counts[at]++;
    }
    const most = counts.reduce((high, count) => Math.max(high, count), 0);
    return counts.map((count) => count / most);
  }

  /** Clean picture, noisy picture, the error, and how its values are spread. */
  function exposed({ picture: clean, seed }, key, declared, values) {
    const noisy = noise[key](clean, values, generator(seed));
    const error = helpers.both(noisy, clean, (y, x) => y - x);
    const [mean, deviation] = moments(error.data);
    const text = `${parameters.describe(declared, values)} · error: mean ${signed(255 * mean, 2)}, `
      + `standard deviation ${fixed(255 * deviation, 1)} gray levels · PSNR `
      + `${fixed(metrics.psnr(clean, noisy), 1)} dB`;
    const panels = { clean, noisy, "error + 128": helpers.map(error, (x) => x + 0.5) };
    return { panels, curves: { error: [gradients.BINS, frequencies(error.data)] }, text };
  }

  recipes.expose = (read, { model, models }) => ({ shown, ...values }) =>
    exposed(read, model, models[model], values);

  recipes.any_model = (read, { models }) => ({ model, strength }) => {
    const [first] = Object.values(models[model].parameters);
    const view = exposed(read, model, models[model], parameters.valuesAt(models[model], strength));
    const ends = [first.low, first.high].map((end) => parameters.format(first, end));
    return { ...view, text: `${view.text} · the slider goes from ${ends.join(" to ")}` };
  };

  /** What two exposures of so many photons show: the picture, and variance against mean. */
  recipes.land = ({ scene, seed, total }) => {
    const { data } = scene, light = data.reduce((sum, x) => sum + x, 0);
    const places = [0, 1].map((k) => generator(seed + k).landings(data, total));
    const classes = 16, of = new Uint8Array(data.length);  // of brightness
    helpers.blur.sorting(data).forEach((at, rank) => {
      of[at] = Math.floor((classes * rank) / data.length);
    });
    return ({ photons }) => {
      const counts = places.map((one) => {
        const landed = new Float64Array(data.length);
        for (let k = 0; k < photons; k++) landed[one[k]]++;
        return landed;
      });
      const mean = new Float64Array(classes), variance = new Float64Array(classes);
      const members = new Float64Array(classes);
      counts[0].forEach((first, at) => {
        const second = counts[1][at];
        members[of[at]]++;
        mean[of[at]] += (first + second) / 2;
        variance[of[at]] += (first - second) ** 2 / 2;
      });
      members.forEach((count, k) => {
        mean[k] /= count;
        variance[k] /= count;
      });
      const peak = photons / light, white = Math.max(peak, 1);
      const landed = { ...scene, data: Float32Array.from(counts[0], (count) => count / white) };
      const plural = photons > 1 ? "photons" : "photon";
      return {
        panels: { "the scene": scene, landed },
        curves: { measured: [mean, variance], "variance = mean": [mean, mean] },
        text: `${photons} ${plural}, ${short(peak, 3)} on a white pixel`,
      };
    };
  };
}
