// Means and medians of windows, edges mirrored: the blurs of `helpers.noise.distortions`.
"use strict";

helpers.blur = (() => {
  const { exp, floor } = Math, { byChannel, like, mirrored } = helpers;

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

  const blur = {
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
    median: (picture, { size }) => byChannel(picture, (plane, width, height) => {
      const order = sorting(plane), middle = medianRanks(order, width, height, size);
      return plane.map((_, at) => plane[order[middle[at]]]);
    }),

    /** The mean along a straight line, `angle` degrees from the horizontal. */
    motion(picture, { length, angle }) {
      const { kernel, reach } = line(length, angle), side = 2 * reach + 1;
      const held = Array.from(kernel.keys()).filter((at) => kernel[at]);
      return byChannel(picture, (plane, width, height) => {
        const xs = mirrored(width, reach), ys = mirrored(height, reach);
        const result = new Float64Array(plane.length);
        for (const at of held) {
          const row = floor(at / side), column = at % side, weight = kernel[at];
          for (let y = 0, to = 0; y < height; y++) {
            const from = ys[y + row] * width;
            for (let x = 0; x < width; x++) result[to++] += weight * plane[from + xs[x + column]];
          }
        }
        return result;
      });
    },
  };

  /** Weights of a line of `length` points, each shared among its four neighbours. */
  function line(length, angle) {
    const reach = (length >> 1) + 1, side = 2 * reach + 1, kernel = new Float64Array(side * side);
    const turn = (angle * Math.PI) / 180;
    for (let k = 0; k < length; k++) {
      const along = k - (length - 1) / 2;
      const y = reach - along * Math.sin(turn), x = reach + along * Math.cos(turn);
      for (const row of [floor(y), floor(y) + 1])
        for (const column of [floor(x), floor(x) + 1]) {
          const weight = (1 - Math.abs(y - row)) * (1 - Math.abs(x - column));
          if (weight > 0) kernel[row * side + column] += weight;
        }
    }
    const turned = kernel.slice().reverse();
    return { reach, kernel: kernel.map((weight, at) => (weight + turned[at]) / (2 * length)) };
  }

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

  return { ...blur, sorting };
})();
