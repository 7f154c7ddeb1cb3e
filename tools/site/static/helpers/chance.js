// Chance: uniform, normal and Poisson numbers from a seed.
"use strict";

helpers.generator = (() => {
  const { exp, floor, imul, log, sqrt } = Math;

  /** A generator: xoshiro128** (Blackman, Vigna 2021), its state filled from a seed. */
  function generator(seed) {
    const state = new Uint32Array(4);
    for (let k = 0; k < 4; k++) {  // SplitMix: similar seeds end in unlike states
      seed = (seed + 0x9e3779b9) | 0;
      let z = imul(seed ^ (seed >>> 16), 0x21f0aaad);
      z = imul(z ^ (z >>> 15), 0x735a2d97);
      state[k] = z ^ (z >>> 15);
    }
    let [a, b, c, d] = state;

    function bits() {
      const product = imul(b, 5), word = imul((product << 7) | (product >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      return word >>> 0;
    }

    /** Uniform in (0, 1), never an end of it: its logarithm is finite. */
    const uniform = () => (bits() + 0.5) / 2 ** 32;

    // Box and Muller (1958): two uniform numbers are the angle and the radius of two normal ones.
    let spare = NaN;
    function normal() {
      if (spare === spare) {  // not NaN
        const kept = spare;
        spare = NaN;
        return kept;
      }
      const radius = sqrt(-2 * log(uniform())), angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    }

    function poisson(mean) {
      if (!(mean > 0)) return 0;
      return mean < 10 ? bySearch(mean, uniform) : byRejection(mean, uniform);
    }

    /** Where `count` photons land, pixel by pixel as likely as `weights` says. */
    function landings(weights, count) {
      const n = weights.length, cumulative = new Float64Array(n);
      let total = 0;
      for (let k = 0; k < n; k++) cumulative[k] = total += weights[k];
      const guide = new Uint32Array(n + 1);  // where to begin, for each n-th of all probability
      for (let k = 0, at = 0; k <= n; k++) {
        while (at < n - 1 && cumulative[at] <= (k * total) / n) at++;
        guide[k] = at;
      }
      return Uint32Array.from({ length: count }, () => {
        const u = uniform();
        let at = guide[floor(u * n)];
        while (cumulative[at] <= u * total && at < n - 1) at++;
        return at;
      });
    }

    return { uniform, normal, poisson, landings };
  }

  /** Poisson counts of a small mean: the first whose cumulative probability exceeds a number. */
  function bySearch(mean, uniform) {
    const u = uniform();
    let count = 0, probability = exp(-mean), cumulative = probability;
    // Rounding may keep the sum of all below the largest u; of means to 10, none exceeds 99.
    while (u > cumulative && count < 99) cumulative += probability *= mean / ++count;
    return count;
  }

  /** Poisson counts of a large mean, exactly: PTRS, Hörmann (1993), which NumPy uses too. */
  function byRejection(mean, uniform) {
    const b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    const inverse = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = uniform() - 0.5, v = uniform(), us = 0.5 - Math.abs(u);
      const count = floor((2 * a / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= squeeze) return count;
      if (count < 0 || (us < 0.013 && v > us)) continue;
      const hat = log(v * inverse / (a / (us * us) + b));
      if (hat <= count * log(mean) - mean - logFactorial(count)) return count;
    }
  }

  const LOG_FACTORIALS = new Float64Array(32);
  for (let n = 1; n < 32; n++) LOG_FACTORIALS[n] = LOG_FACTORIALS[n - 1] + log(n);

  function logFactorial(n) {
    if (n < 32) return LOG_FACTORIALS[n];
    const x = 1 / n;  // Stirling's series: the first term left out is below 1e-11 from 32 on
    const series = x * (1 / 12 - x * x * (1 / 360 - (x * x) / 1260));
    return (n + 0.5) * log(n) - n + log(2 * Math.PI) / 2 + series;
  }

  return generator;
})();
