// How strong the noise is, from the noisy picture alone: `helpers.estimation`, in image units.
//
// Every estimate looks for a view in which the scene is nearly silent, and measures the noise there.
"use strict";

helpers.estimation = (() => {
  const { abs, hypot, max, min, sqrt } = Math, { channel, mirrored } = helpers;
  const MAD = 0.6744897501960817;  // median of |n| for n ~ N(0, 1)
  const DB2 = [-0.1294095226, -0.224143868, 0.8365163037, -0.4829629131];
  const PATCH = 7, QUIET = 8, FEWEST = 64;  // pixels a side, quiet directions, patches
  const SOME = 15000;  // patches that tell σ within a percent, in a fraction of a second

  class Unreadable extends Error {}

  // Order ----------------------------------------------------------------------------------------

  /** A quantile as NumPy gives it, linear between the values. */
  function quantile(values, share) {
    const sorted = Float64Array.from(values).sort(), place = share * (sorted.length - 1);
    const low = Math.floor(place), part = place - low;
    return part ? sorted[low] + part * (sorted[low + 1] - sorted[low]) : sorted[low];
  }
  const median = (values) => quantile(values, 0.5);

  // What a picture shows of its noise ------------------------------------------------------------

  /** The largest value of the window around each pixel, edges mirrored. */
  function highest(plane, width, height, size) {
    const radius = size >> 1, xs = mirrored(width, radius), ys = mirrored(height, radius);
    const half = plane.slice(), result = plane.slice();
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++)
        for (let k = 0; k < size; k++) half[at] = max(half[at], plane[y * width + xs[x + k]]);
    result.set(half);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++)
        for (let k = 0; k < size; k++) result[at] = max(result[at], half[ys[y + k] * width + x]);
    return result;
  }

  /** Planes of the channels, each with the pixels that may hold noise: not those in bars or masks. */
  function look({ width, height, channels, data }) {
    const planes = [];
    let least = 1;
    for (let c = 0; c < channels; c++) {
      const plane = channel({ width, height, channels, data }, c).slice();
      if (planes.some((one) => one.plane.every((x, at) => x === plane[at]))) continue;
      const high = highest(plane, width, height, 7);
      const low = highest(plane.map((x) => -x), width, height, 7);
      const flat = Uint8Array.from(plane, (_, at) => (high[at] + low[at] <= 1e-5 ? 1 : 0));
      const dead = highest(flat, width, height, 7).reduce((sum, x) => sum + x, 0) / plane.length;
      least = min(least, dead);
      if (dead > 0.55) continue;
      const alive = highest(flat, width, height, 11).map((x) => 1 - x);
      planes.push({ c, plane, alive, width, height });
    }
    if (!planes.length)
      throw new Unreadable(`${Math.round(100 * least)} % of the picture is constant (bars, a mask, `
        + "saturation), where no noise is to be seen");
    const cut = data.reduce((sum, x) => sum + (x <= 0 || x >= 1 ? 1 : 0), 0) / data.length;
    if (cut > 0.9)
      throw new Unreadable(`${Math.round(100 * cut)} % of the picture is black or white, where noise `
        + "is cut off");
    return planes;
  }

  /** Corners of the patches that hold no dead pixel: all, or about `most` of them on a grid. */
  function corners({ alive, width, height }, most) {
    const found = [];
    // Sums of `alive` from the upper left corner tell of any patch whether all of it is.
    const sums = new Int32Array((width + 1) * (height + 1)), row = width + 1;
    for (let y = 0; y < height; y++)
      for (let x = 0, line = 0; x < width; x++) {
        line += alive[y * width + x];
        sums[(y + 1) * row + x + 1] = sums[y * row + x + 1] + line;
      }
    for (let y = 0; y + PATCH <= height; y++)
      for (let x = 0; x + PATCH <= width; x++) {
        const end = (y + PATCH) * row + x + PATCH, top = y * row + x;
        if (sums[end] - sums[end - PATCH] - sums[top + PATCH] + sums[top] === PATCH ** 2)
          found.push(y * width + x);
      }
    const step = Math.max(1, Math.floor(sqrt(found.length / most)));
    return Uint32Array.from(found.filter((at) =>
      (at % width) % step === 0 && Math.floor(at / width) % step === 0));
  }

  // Patches --------------------------------------------------------------------------------------

  const SIDE = PATCH ** 2;

  function offsets(width) {
    return Int32Array.from({ length: SIDE }, (_, k) => Math.floor(k / PATCH) * width + (k % PATCH));
  }

  /** Mean products of the pixels of patches, each without its own mean: SIDE × SIDE. */
  function products({ plane, width }, places) {
    const at = offsets(width), sums = new Float64Array(SIDE * SIDE), values = new Float64Array(SIDE);
    for (const place of places) {
      let mean = 0;
      for (let k = 0; k < SIDE; k++) mean += values[k] = plane[place + at[k]];
      mean /= SIDE;
      for (let k = 0; k < SIDE; k++) values[k] -= mean;
      for (let i = 0; i < SIDE; i++) {
        const own = values[i], row = i * SIDE;
        for (let j = i; j < SIDE; j++) sums[row + j] += own * values[j];
      }
    }
    for (let i = 0; i < SIDE; i++)
      for (let j = i; j < SIDE; j++) sums[j * SIDE + i] = sums[i * SIDE + j] /= places.length;
    return sums;
  }

  /** Eigenvalues and eigenvectors (in columns) of a symmetric n × n matrix, by Jacobi's rotations. */
  function eigen(matrix, n) {
    const a = matrix.slice(), v = new Float64Array(n * n);
    for (let k = 0; k < n; k++) v[k * n + k] = 1;
    let scale = 0;
    for (const x of a) scale += x * x;
    for (let sweep = 0; sweep < 30; sweep++) {
      let off = 0;
      for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p * n + q] ** 2;
      if (off <= 1e-26 * scale) break;
      for (let p = 0; p < n; p++)
        for (let q = p + 1; q < n; q++) {
          if (a[p * n + q] === 0) continue;
          const theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
          const t = (theta < 0 ? -1 : 1) / (abs(theta) + hypot(theta, 1));
          const c = 1 / sqrt(t * t + 1), s = t * c;
          for (let k = 0; k < n; k++) {
            const x = a[k * n + p], y = a[k * n + q];
            a[k * n + p] = c * x - s * y;
            a[k * n + q] = s * x + c * y;
          }
          for (let k = 0; k < n; k++) {
            const x = a[p * n + k], y = a[q * n + k];
            a[p * n + k] = c * x - s * y;
            a[q * n + k] = s * x + c * y;
          }
          for (let k = 0; k < n; k++) {
            const x = v[k * n + p], y = v[k * n + q];
            v[k * n + p] = c * x - s * y;
            v[k * n + q] = s * x + c * y;
          }
        }
    }
    return { values: Float64Array.from({ length: n }, (_, k) => a[k * n + k]), vectors: v };
  }

  /** Noise in the quietest directions of the patches that are flattest in the others. */
  function quietVariance(channel, places, share) {
    const { values, vectors } = eigen(products(channel, places), SIDE);
    // The very smallest is the direction of the mean, which every patch has lost.
    const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
    const quiet = order.slice(1, 1 + QUIET).map((k) =>
      Float64Array.from({ length: SIDE }, (_, i) => vectors[i * SIDE + k]));
    const at = offsets(channel.width), energy = new Float64Array(places.length);
    const texture = new Float64Array(places.length), patch = new Float64Array(SIDE);
    for (let n = 0; n < places.length; n++) {
      let mean = 0, whole = 0, still = 0;
      for (let k = 0; k < SIDE; k++) mean += patch[k] = channel.plane[places[n] + at[k]];
      mean /= SIDE;
      for (let k = 0; k < SIDE; k++) whole += (patch[k] -= mean) ** 2;
      for (const direction of quiet) {
        let along = 0;
        for (let k = 0; k < SIDE; k++) along += direction[k] * patch[k];
        still += along * along;
      }
      energy[n] = still / QUIET;
      texture[n] = (whole - still) / (SIDE - 1 - QUIET);
    }
    const limit = quantile(texture, share);
    let sum = 0, count = 0;
    for (let n = 0; n < energy.length; n++)
      if (texture[n] <= limit) {
        sum += energy[n];
        count++;
      }
    return sum / count;
  }

  function patches(picture, most = Infinity) {
    const found = look(picture).map((one) => ({ ...one, places: corners(one, most) }));
    if (max(...found.map(({ places }) => places.length)) < FEWEST)
      throw new Unreadable("Beside what is constant, the picture has too little to estimate from");
    return found.filter(({ places }) => places.length >= FEWEST);
  }

  const root = (variances) =>
    sqrt(variances.reduce((sum, x) => sum + x, 0) / variances.length);
  const flatOf = (found) => root(found.map((one) => quietVariance(one, one.places, 0.2)));

  function middleOf(found, flattest) {
    const reach = 2.5 * flatOf(found);
    return root(found.map((one) => {
      const at = offsets(one.width);
      const far = Float64Array.from(one.places, (place) => {
        let sum = 0;
        for (let k = 0; k < SIDE; k++) sum += one.plane[place + at[k]];
        return abs(sum / SIDE - 0.5);
      });
      const limit = max(0.5 - reach, quantile(far, 0.5));
      return quietVariance(one, one.places.filter((_, n) => far[n] <= limit), flattest);
    }));
  }

  // Clipping -------------------------------------------------------------------------------------

  /** Whether what lives stays within [0, 1] and touches an end, as in 8-bit files: no bar counts. */
  function isClipped(found) {
    let low = Infinity, high = -Infinity;
    for (const { plane, alive } of found)
      for (let at = 0; at < plane.length; at++) {
        if (!alive[at]) continue;
        low = min(low, plane[at]);
        high = max(high, plane[at]);
      }
    return low >= 0 && high <= 1 && (low === 0 || high === 1);
  }

  /** Whether clipping leaves half of what lives untouched by noise so strong. */
  function isHalfWhole(picture, found, sigma) {
    const bright = helpers.blur.mean(picture, { size: 7 });
    let near = 0, count = 0;
    for (const { c, alive } of found)
      channel(bright, c).forEach((x, at) => {
        count += alive[at];
        near += alive[at] && abs(x - 0.5) <= 0.5 - 2.5 * sigma ? 1 : 0;
      });
    return near >= count / 2;
  }

  /** A channel without its details; what is dead does not shine into what lives. */
  function smoothed({ plane, alive, width, height }) {
    const blurred = (data) =>
      helpers.blur.gaussian({ width, height, channels: 1, data }, { sigma: 3 });
    const share = blurred(Float32Array.from(alive));
    return helpers.both(blurred(plane.map((x, at) => x * alive[at])), share, (x, part) =>
      x / max(part, 1e-6));
  }

  /** P(n ≤ x) for n ~ N(0, 1), to 10⁻⁷ (Abramowitz, Stegun 7.1.26, with its complement). */
  function normalCdf(x) {
    const z = abs(x) / Math.SQRT2, t = 1 / (1 + 0.3275911 * z);
    const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741
      + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-z * z) / 2;
    return x < 0 ? tail : 1 - tail;
  }
  const normalPdf = (x) => Math.exp(-x * x / 2) / sqrt(2 * Math.PI);

  /** Mean of x + n, n ~ N(0, σ²), after clipping to [0, 1]. */
  function clippedMean(x, sigma) {
    const below = -x / sigma, above = (1 - x) / sigma;
    return x * (normalCdf(above) - normalCdf(below))
      + sigma * (normalPdf(below) - normalPdf(above)) + 1 - normalCdf(above);
  }

  /** The brightness that noise of strength σ and clipping turn into those of a picture. */
  function unclipped(smooth, sigma) {
    const x = Float64Array.from({ length: 256 }, (_, k) => k / 255);
    const y = x.map((one) => clippedMean(one, sigma));
    return helpers.map(smooth, (value) => {
      if (value <= y[0]) return x[0];
      if (value >= y[255]) return x[255];
      let low = 0, high = 255;
      while (high - low > 1) {
        const at = (low + high) >> 1;
        if (y[at] <= value) low = at;
        else high = at;
      }
      return x[low] + (value - y[low]) / (y[high] - y[low]) * (x[high] - x[low]);
    });
  }

  // Estimates ------------------------------------------------------------------------------------

  const methods = {
    /** Median of the finest diagonal wavelet coefficients (Donoho, Johnstone 1994). */
    wavelet(picture) {
      const medians = look(picture).map(({ plane, alive, width, height }) => {
        const xs = mirrored(width, 2), ys = mirrored(height, 2), found = [];
        const half = new Float64Array(plane.length);
        for (let y = 0, at = 0; y < height; y++)
          for (let x = 0; x < width; x++, at++)
            for (let k = 0; k < 4; k++) half[at] += DB2[k] * plane[ys[y + k] * width + x];
        for (let y = 0, at = 0; y < height; y++)
          for (let x = 0; x < width; x++, at++) {
            if (!alive[at]) continue;
            let detail = 0;
            for (let k = 0; k < 4; k++) detail += DB2[k] * half[y * width + xs[x + k]];
            found.push(abs(detail));
          }
        return median(found);
      });
      return medians.reduce((sum, x) => sum + x, 0) / medians.length / MAD;
    },

    flat: (picture) => flatOf(patches(picture)),
    middle: (picture) => middleOf(patches(picture), 0.3),

    /** `flat`; for pictures with clipped noise `middle`, corrected by what clipping does to it. */
    auto(picture, most) {
      const found = patches(picture, most);
      if (!isClipped(found)) return flatOf(found);
      const measured = middleOf(found, 0.3);
      if (isHalfWhole(picture, found, measured)) return middleOf(found, 0.2);
      const smooth = found.map(smoothed);
      let sigma = measured;
      for (let round = 0; round < 3; round++) {
        const rng = helpers.generator(0);  // the same noise in each round
        const seen = found.map((one, k) => {
          const again = helpers.map(unclipped(smooth[k], sigma), (x) => x + sigma * rng.normal());
          return { ...one, plane: helpers.metrics.eightBits(again).data };
        });
        sigma *= measured / max(middleOf(seen, 0.3), 1e-6);
      }
      return min(sigma, 1);
    },
  };

  return { ...methods, SOME, Unreadable, median };
})();
