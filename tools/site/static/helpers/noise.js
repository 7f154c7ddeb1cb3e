// What `noise.MODELS` has: picture, parameters, generator; the result is not clipped.
"use strict";

helpers.noise = (() => {
  const { blur, clip, jpeg, like, map, rint } = helpers;

  return {
    gaussian: (picture, { sigma }, rng) => map(picture, (x) => x + sigma * rng.normal()),

    poisson: (picture, { peak }, rng) => map(picture, (x) => rng.poisson(peak * x) / peak),

    poisson_gaussian: (picture, { gain, sigma }, rng) =>
      map(picture, (x) => (gain > 0 ? gain * rng.poisson(x / gain) : x) + sigma * rng.normal()),

    speckle: (picture, { sigma }, rng) => map(picture, (x) => x + x * sigma * rng.normal()),

    // Each pixel decides for itself; in colour all its channels are hit together.
    salt_and_pepper(picture, { amount, salt = 0.5 }, rng) {
      const { channels } = picture, data = picture.data.slice();
      for (let at = 0; at < data.length; at += channels) {
        const u = rng.uniform();
        if (u < amount) data.fill(u < amount * salt ? 1 : 0, at, at + channels);
      }
      return like(picture, data);
    },

    quantize(picture, { levels }) {
      const top = levels - 1;
      return map(picture, (x) => rint(Math.fround(clip(x) * top)) / top);
    },
    jpeg,
    gaussian_blur: blur.gaussian,
    average_blur: blur.mean,
    median_blur: blur.median,
    motion_blur: blur.motion,
  };
})();
