// `helpers.filters`: classical denoisers behind one call, (noisy picture, σ). Their settings follow
// from σ by the rules of the package, which a test compares.
"use strict";

helpers.filters = (() => {
  const { abs, ceil, exp, max, min, sqrt } = Math;
  const { blur, byChannel, channel, like, mirrored, rint } = helpers;

  /** The odd number, 1 or more, that is nearest to x: windows have a middle. */
  const odd = (x) => max(1, 2 * rint((x - 1) / 2) + 1);

  // exp(−x) from a table, straight between its values: within 5·10⁻⁷, and five times as fast.
  const FINE = 512, FADED = Float64Array.from({ length: 30 * FINE + 2 }, (_, k) => exp(-k / FINE));
  function fade(x) {
    if (x >= 30) return 0;  // 10⁻¹³ is 0 in float32
    const place = x * FINE, k = place | 0;
    return FADED[k] + (place - k) * (FADED[k + 1] - FADED[k]);
  }

  const filters = {
    gaussian: (noisy, sigma) => blur.gaussian(noisy, { sigma: 0.3 + 5.3 * sigma }),
    mean: (noisy, sigma) => blur.mean(noisy, { size: odd(1 + 19 * sigma) }),
    median: (noisy, sigma) => blur.median(noisy, { size: odd(0.9 + 26.5 * sigma) }),

    /** Pixels that are the extreme of their window, replaced by its median (Hwang, Haddad 1995). */
    adaptive_median: (noisy) => byChannel(noisy, withoutExtremes),

    /** The mean where the window is flat, the pixel where it is not (Lee 1980). */
    wiener(noisy, sigma) {
      const power = (1.2 * sigma) ** 2;  // so that chance is not mistaken for detail
      return towardsTheMean(noisy, odd(2.4 + 20 * sigma), (mean, variance) =>
        max(variance - power, 0) / max(variance, power));
    },

    /** The same for noise that is proportional to the brightness. */
    lee(noisy, sigma) {
      let square = 0;
      for (const x of noisy.data) square += x * x / noisy.data.length;
      const speckle = sigma ** 2 / max(square - sigma ** 2, 1e-6);
      return towardsTheMean(noisy, odd(2.4 + 20 * sigma), (mean, variance) =>
        max((variance - speckle * mean ** 2) / (1 + speckle), 0) / max(variance, 1e-300));
    },

    /** Mean with weights that fall with distance and with difference (Tomasi, Manduchi 1998). */
    bilateral(noisy, sigma) {
      const width = 0.8 + 6 * sigma, tolerance = max(4 * sigma ** 1.2, 1e-4);
      return meanOfAlike(noisy, ceil(2 * width), (unlike, dy, dx) => {
        const far = (dy ** 2 + dx ** 2) / width ** 2, scale = 1 / tolerance ** 2;
        for (let at = 0; at < unlike.length; at++) {
          const unlikeness = (unlike[at] * scale + far) / 2;
          unlike[at] = fade(unlikeness);
        }
      });
    },

    /** Least total variation near the noisy picture (Rudin, Osher, Fatemi 1992). */
    tv: (noisy, sigma) => leastVariation(noisy, min(max(1.5 * sigma ** 1.3, 1e-6), 100)),

    /** Differences at four scales, shrunk (Chang, Yu, Vetterli 2000). */
    wavelet: (noisy, sigma) =>
      byChannel(noisy, (plane, width, height) =>
        shrunk(plane, width, height, sigma, 0.67 * sigma ** -0.25)),

    /** Mean of pixels whose surroundings look alike (Buades, Coll, Morel 2005). */
    nlm(noisy, sigma) {
      const h = max(0.8 * sigma, 1e-6), { width, height } = noisy;
      const sums = windowSums(width, height, 5);
      return meanOfAlike(noisy, 6, (unlike) => {
        sums(unlike);
        const scale = 1 / (25 * h ** 2), noise = (2 * sigma ** 2) / h ** 2;
        for (let at = 0; at < unlike.length; at++) {
          const excess = unlike[at] * scale - noise;
          unlike[at] = excess < 0 ? 1 : fade(excess);
        }
      });
    },
  };

  // Impulses -------------------------------------------------------------------------------------

  function withoutExtremes(plane, width, height) {
    const restored = plane.slice();
    let pixels = Uint32Array.from(plane, (_, at) => at);  // whose window has to grow
    for (let size = 3; size <= 9 && pixels.length; size += 2) {
      const radius = size >> 1, xs = mirrored(width, radius), ys = mirrored(height, radius);
      const values = new Float32Array(size * size), extreme = [];
      for (const at of pixels) {
        const x = at % width, y = (at - x) / width;
        for (let row = 0, k = 0; row < size; row++)
          for (let column = 0; column < size; column++)
            values[k++] = plane[ys[y + row] * width + xs[x + column]];
        values.sort();
        const low = values[0], middle = values[values.length >> 1], high = values.at(-1);
        restored[at] = low < plane[at] && plane[at] < high ? plane[at] : middle;
        if (middle === low || middle === high) extreme.push(at);
      }
      pixels = extreme;
    }
    return restored;
  }

  // Mean and variance of the window --------------------------------------------------------------

  /** A function that puts the sum of the window around each pixel in the pixel's place. */
  function windowSums(width, height, size) {
    const radius = size >> 1, xs = mirrored(width, radius), ys = mirrored(height, radius);
    const columns = new Float64Array(width), rows = new Float64Array(width * height);
    return (plane) => {
      columns.fill(0);
      for (let k = 0; k < size; k++)
        for (let x = 0; x < width; x++) columns[x] += plane[ys[k] * width + x];
      for (let y = 0; y < height; y++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += columns[xs[k]];
        for (let x = 0; x < width; x++) {
          rows[y * width + x] = sum;
          if (x + 1 < width) sum += columns[xs[x + size]] - columns[xs[x]];
        }
        if (y + 1 < height) {
          const leaves = ys[y] * width, comes = ys[y + size] * width;
          for (let x = 0; x < width; x++) columns[x] += plane[comes + x] - plane[leaves + x];
        }
      }
      plane.set(rows);
    };
  }

  /** m + gain(m, v)·(y − m), with mean m and variance v of the window around each pixel. */
  const towardsTheMean = (noisy, size, gain) => byChannel(noisy, (plane, width, height) => {
    const sums = windowSums(width, height, size), count = size * size;
    const means = Float64Array.from(plane), squares = means.map((x) => x * x);
    sums(means);
    sums(squares);
    return plane.map((y, at) => {
      const mean = means[at] / count;
      return mean + gain(mean, squares[at] / count - mean ** 2) * (y - mean);
    });
  });

  // Neighbours that look alike -------------------------------------------------------------------

  /** Mean of the pixels around each pixel; `weigh` turns squared differences into weights. */
  function meanOfAlike(noisy, radius, weigh) {
    const { width, height, channels } = noisy, share = 1 / channels;
    const xs = mirrored(width, radius), ys = mirrored(height, radius), row = width + 2 * radius;
    const planes = Array.from({ length: channels }, (_, c) => {
      const own = channel(noisy, c), padded = new Float32Array(row * (height + 2 * radius));
      for (let y = 0, to = 0; y < ys.length; y++)
        for (let x = 0; x < row; x++) padded[to++] = own[ys[y] * width + xs[x]];
      return { own, padded, total: new Float64Array(own.length) };
    });
    const weights = new Float64Array(width * height), weight = new Float64Array(width * height);
    for (let dy = -radius; dy <= radius; dy++)
      for (let dx = -radius; dx <= radius; dx++) {
        const shift = (radius + dy) * row + radius + dx;
        weight.fill(0);
        for (const { own, padded } of planes)
          for (let y = 0, at = 0; y < height; y++)
            for (let x = 0, from = shift + y * row; x < width; x++, at++, from++) {
              const difference = padded[from] - own[at];
              weight[at] += difference * difference * share;
            }
        weigh(weight, dy, dx);
        for (let at = 0; at < weight.length; at++) weights[at] += weight[at];
        for (const { padded, total } of planes)
          for (let y = 0, at = 0; y < height; y++)
            for (let x = 0, from = shift + y * row; x < width; x++, at++, from++)
              total[at] += weight[at] * padded[from];
      }
    const data = new Float32Array(noisy.data.length);
    planes.forEach(({ total }, c) => {
      for (let at = 0; at < total.length; at++)
        data[at * channels + c] = total[at] / weights[at];
    });
    return like(noisy, data);
  }

  // Total variation ------------------------------------------------------------------------------

  /** Chambolle (2004), as in scikit-image: `p` holds what gradients push against the picture. */
  const leastVariation = (noisy, weight) => byChannel(noisy, (plane, width, height) => {
    const px = new Float32Array(plane.length), py = new Float32Array(plane.length);
    const out = Float32Array.from(plane);
    let first = 0, before = 0;
    for (let turn = 0; turn < 200; turn++) {
      let energy = 0;
      for (let y = 0, at = 0; turn && y < height; y++)
        for (let x = 0; x < width; x++, at++) {
          const d = (x ? px[at - 1] : 0) + (y ? py[at - width] : 0) - px[at] - py[at];
          energy += d * d;
          out[at] = plane[at] + d;
        }
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0; x < width; x++, at++) {
          const gx = x + 1 < width ? out[at + 1] - out[at] : 0;
          const gy = y + 1 < height ? out[at + width] - out[at] : 0;
          const norm = sqrt(gx * gx + gy * gy), fade = 1 + norm / (4 * weight);
          energy += weight * norm;
          px[at] = (px[at] - gx / 4) / fade;
          py[at] = (py[at] - gy / 4) / fade;
        }
      energy /= plane.length;
      if (!turn) first = energy;
      else if (abs(before - energy) < 1e-6 * first) break;
      before = energy;
    }
    return out;
  });

  // Wavelets -------------------------------------------------------------------------------------

  const LEVELS = 4;  // the coarsest means keep a sixteenth of the noise

  /** Haar wavelets at all positions; each band loses strength·σ_b²/σ_x of every value. */
  function shrunk(plane, width, height, sigma, strength) {
    const edge = 2 ** LEVELS, columns = width + 2 * edge, rows = height + 2 * edge;
    const xs = mirrored(width, edge), ys = mirrored(height, edge);
    const padded = new Float64Array(columns * rows);
    for (let y = 0, to = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) padded[to++] = plane[ys[y] * width + xs[x]];
    // Where the neighbour `step` before or after lies, around the edge: np.roll.
    const walk = (step, down) => {
      const n = down ? rows : columns;
      const turned = Int32Array.from({ length: n }, (_, k) => (((k + step) % n) + n) % n);
      return down
        ? (visit) => {
          for (let y = 0, at = 0; y < rows; y++)
            for (let x = 0, other = turned[y] * columns; x < columns; x++) visit(at++, other++);
        }
        : (visit) => {
          for (let y = 0, at = 0; y < rows; y++)
            for (let x = 0, row = y * columns; x < columns; x++) visit(at++, row + turned[x]);
        };
    };
    const split = (x, step, down) => {
      const low = new Float64Array(x.length), high = new Float64Array(x.length);
      walk(step, down)((at, other) => {
        low[at] = (x[at] + x[other]) / 2;
        high[at] = (x[at] - x[other]) / 2;
      });
      return [low, high];
    };
    const merge = (low, high, step, down) => {
      const x = new Float64Array(low.length);
      walk(-step, down)((at, other) => {
        x[at] = (low[at] + high[at] + low[other] - high[other]) / 2;
      });
      return x;
    };
    function shrink(band, step) {
      let square = 0;
      for (const x of band) square += x * x;
      const power = (sigma / (2 * step)) ** 2;
      const threshold = strength * power / sqrt(max(square / band.length - power, 1e-20));
      for (let at = 0; at < band.length; at++)
        band[at] = Math.sign(band[at]) * max(abs(band[at]) - threshold, 0);
      return band;
    }
    function scale(image, level) {
      if (level === LEVELS) return image;
      const step = 2 ** level, [low, high] = split(image, step, true);
      const [coarse, across] = split(low, step, false), [down, diagonal] = split(high, step, false);
      [across, down, diagonal].forEach((band) => shrink(band, step));
      const finer = scale(coarse, level + 1);
      return merge(merge(finer, across, step, false), merge(down, diagonal, step, false), step, true);
    }
    const restored = scale(padded, 0), result = new Float32Array(plane.length);
    for (let y = 0, to = 0; y < height; y++)
      for (let x = 0; x < width; x++) result[to++] = restored[(y + edge) * columns + x + edge];
    return result;
  }

  /** Each denoiser leaves a picture without noise as it is. */
  return Object.fromEntries(Object.entries(filters).map(([name, filter]) =>
    [name, (noisy, sigma) => (sigma > 0 ? filter(noisy, sigma) : noisy)]));
})();
