// The part of the Python package `helpers` that the pages compute with: noise, filters, gradient
// histograms and scores. The same numbers as in Python, but for chance: moments agree, pixels not.
//
// A picture is { width, height, channels, data }, data a Float32Array row by row from 0 (black)
// to 1 (white), the channels of a pixel side by side: NumPy's (H, W) or (H, W, 3) float32.
// A classic script and no module, because a page that lies on a disk may load no modules.
"use strict";

const helpers = (() => {
  const { exp, floor, fround, hypot, imul, log, max, min, sqrt } = Math;

  // Pictures -------------------------------------------------------------------------------------

  const like = (picture, data) => ({ ...picture, data });
  const map = (picture, change) => like(picture, picture.data.map(change));
  const clip = (x) => (x > 0 ? (x < 1 ? x : 1) : 0);

  // To the nearest whole number, halves to the even one, as NumPy does: beyond 2^52 a double has
  // no places left for fractions, so adding 1.5·2^52 rounds.
  const rint = (x) => x + 6755399441055744 - 6755399441055744;

  /** A picture from the bytes of 8-bit gray levels. */
  function fromLevels(levels, width, height, channels = 1) {
    return { width, height, channels, data: Float32Array.from(levels, (level) => level / 255) };
  }

  /** The gray levels of a picture, clipped and rounded, as bytes. */
  function toLevels({ data }) {
    const levels = new Uint8ClampedArray(data.length);  // a loop: `from` is ten times as slow
    for (let at = 0; at < data.length; at++) levels[at] = rint(fround(clip(data[at]) * 255));
    return levels;
  }

  // Chance ---------------------------------------------------------------------------------------

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

    return { uniform, normal, poisson };
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

  // Noise: picture, parameters, generator; not clipped -------------------------------------------

  const noise = {
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
  };

  // Filters, edges mirrored ----------------------------------------------------------------------

  /** Where each place of a line of n pixels, and of `margin` more at both ends, is read. */
  function mirrored(n, margin) {
    return Int32Array.from({ length: n + 2 * margin }, (_, place) => {
      const at = (((place - margin) % (2 * n)) + 2 * n) % (2 * n);
      return at < n ? at : 2 * n - 1 - at;  // the pixel at the edge comes twice: b a | a b
    });
  }

  /** Weighted means along lines of n pixels, `step` apart, of `source` into `result`. */
  function correlate(source, result, lines, n, step, weights) {
    const radius = weights.length >> 1, places = mirrored(n, radius);
    const padded = new Float64Array(places.length);
    for (const start of lines) {
      for (let k = 0; k < padded.length; k++) padded[k] = source[start + places[k] * step];
      for (let k = 0; k < n; k++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j] * padded[k + j];
        result[start + k * step] = sum;
      }
    }
  }

  /** The same weights down the columns, then along the rows. */
  function separable(picture, weights) {
    const { width, height, channels, data } = picture, row = width * channels;
    const across = Array.from({ length: row }, (_, k) => k);
    const down = Array.from({ length: height * channels }, (_, k) =>
      floor(k / channels) * row + (k % channels));
    const half = new Float32Array(data.length), result = new Float32Array(data.length);
    correlate(data, half, across, height, row, weights);
    correlate(half, result, down, width, channels, weights);
    return like(picture, result);
  }

  const filters = {
    /** Gaussian weights of `sigma` pixels, cut at four of them as SciPy does. */
    gaussian(picture, { sigma }) {
      if (!(sigma > 0)) return like(picture, picture.data.slice());
      const radius = floor(4 * sigma + 0.5);
      const bell = Float64Array.from({ length: 2 * radius + 1 }, (_, k) =>
        exp(-0.5 * ((k - radius) / sigma) ** 2));
      const total = bell.reduce((sum, weight) => sum + weight, 0);
      return separable(picture, bell.map((weight) => weight / total));
    },

    mean: (picture, { size }) => separable(picture, new Float64Array(size).fill(1 / size)),

    /** Median of a square window, channel by channel. */
    median(picture, { size }) {
      const { width, height, channels, data } = picture, result = new Float32Array(data.length);
      const plane = new Float32Array(width * height);
      for (let c = 0; c < channels; c++) {
        for (let at = 0; at < plane.length; at++) plane[at] = data[at * channels + c];
        const order = sorting(plane), middle = medianRanks(order, width, height, size);
        for (let at = 0; at < plane.length; at++)
          result[at * channels + c] = plane[order[middle[at]]];
      }
      return like(picture, result);
    },
  };

  /** Where the values stand in order, the least first: NumPy's argsort.
   *
   * By the two halves of their 32 bits, the lower first: several times as fast as `sort`. */
  function sorting(values) {
    const bits = new Uint32Array(Float32Array.from(values).buffer);
    // Bits that rise with the number: of a negative one all are turned, else the sign alone.
    for (let at = 0; at < bits.length; at++) bits[at] ^= (bits[at] >> 31) | 0x80000000;
    let order = bits.map((_, at) => at), next = new Uint32Array(bits.length);
    for (const shift of [0, 16]) {
      const places = new Uint32Array(2 ** 16 + 1);
      for (const word of bits) places[((word >>> shift) & 0xffff) + 1]++;
      for (let k = 1; k < places.length; k++) places[k] += places[k - 1];
      for (const at of order) next[places[(bits[at] >>> shift) & 0xffff]++] = at;
      [order, next] = [next, order];
    }
    return order;
  }

  /** The rank, among all pixels, of the median of the window around each pixel.
   *
   * Huang, Yang, Tang (1979): a window that moves by one pixel exchanges one column only. Its
   * ranks are counted one by one, in drawers of 16, of 16 such drawers and so on, so that the
   * middle one is found in few steps: the largest drawer that holds it, then the one in that. */
  function medianRanks(order, width, height, size) {
    const ranks = new Uint32Array(order.length), found = new Uint32Array(order.length);
    for (let rank = 0; rank < order.length; rank++) ranks[order[rank]] = rank;
    const radius = size >> 1, middle = (size * size) >> 1;
    const xs = mirrored(width, radius), ys = mirrored(height, radius);
    const counts = [];
    for (let drawers = order.length; drawers > 1; drawers = Math.ceil(drawers / 16))
      counts.push(new Uint16Array(drawers));

    function exchange(x, y, change) {
      for (let k = y; k < y + size; k++) {
        let drawer = ranks[ys[k] * width + xs[x]];
        for (const level of counts) {
          level[drawer] += change;
          drawer >>= 4;
        }
      }
    }

    function medianRank() {
      let rank = 0, left = middle;  // ranks of the window that lie below, not yet passed
      for (let k = counts.length - 1; k >= 0; k--) {
        rank <<= 4;
        while (counts[k][rank] <= left) left -= counts[k][rank++];
      }
      return rank;
    }

    for (let y = 0; y < height; y++) {
      for (let x = 0; x < size; x++) exchange(x, y, 1);
      for (let x = 0; x < width; x++) {
        found[y * width + x] = medianRank();
        exchange(x, y, -1);
        if (x + 1 < width) exchange(x + size, y, 1);
      }
      for (let x = width; x < xs.length; x++) exchange(x, y, -1);  // empty, for the next row
    }
    return found;
  }

  // Gradient histograms (DE-G) -------------------------------------------------------------------

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

  // Scores: the reference first ------------------------------------------------------------------

  const metrics = {
    mse(reference, picture) {
      let sum = 0;
      for (let at = 0; at < picture.data.length; at++)
        sum += (reference.data[at] - picture.data[at]) ** 2;
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

  return { fromLevels, toLevels, generator, noise, filters, gradients, metrics };
})();
