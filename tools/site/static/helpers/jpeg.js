// JPEG as Pillow's library computes it, to the last level: cosine blocks in whole numbers, colour at
// half resolution (4:2:0). The bytes of a file are left out; writing them loses nothing.
"use strict";

helpers.jpeg = (() => {
  const { fromLevels, toLevels } = helpers;

  // Tables of the standard (ITU T.81, annex K), for brightness and for colour.
  const BRIGHTNESS = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
  ];
  const COLOUR = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99, ...new Array(32).fill(99),
  ];

  /** How coarsely each of the 64 cosines is rounded at a quality from 1 to 100. */
  function steps(table, quality) {
    const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
    return Int32Array.from(table, (base) =>
      Math.min(Math.max(Math.floor((base * scale + 50) / 100), 1), 255));
  }

  // The cosine transform of Loeffler, Ligtenberg, Moschytz (1989) in fixed point of 13 bits, as in
  // libjpeg's jfdctint.c and jidctint.c: `bits` are those that a pass gives back.

  function forward(block, at, step, bits) {
    const half = 1 << (bits - 1);
    const d = (k) => block[at + k * step];
    const put = (k, value) => { block[at + k * step] = (value + half) >> bits; };
    let t0 = d(0) + d(7), t7 = d(0) - d(7), t1 = d(1) + d(6), t6 = d(1) - d(6);
    let t2 = d(2) + d(5), t5 = d(2) - d(5), t3 = d(3) + d(4), t4 = d(3) - d(4);
    const t10 = t0 + t3, t13 = t0 - t3, t11 = t1 + t2, t12 = t1 - t2;
    const even = (t12 + t13) * 4433;
    const z5 = (t4 + t6 + t5 + t7) * 9633;
    const z1 = (t4 + t7) * -7373, z2 = (t5 + t6) * -20995;
    const z3 = (t4 + t6) * -16069 + z5, z4 = (t5 + t7) * -3196 + z5;
    put(0, (t10 + t11) << 13);
    put(4, (t10 - t11) << 13);
    put(2, even + t13 * 6270);
    put(6, even - t12 * 15137);
    put(7, t4 * 2446 + z1 + z3);
    put(5, t5 * 16819 + z2 + z4);
    put(3, t6 * 25172 + z2 + z3);
    put(1, t7 * 12299 + z1 + z4);
  }

  function inverse(block, at, step, bits) {
    const half = 1 << (bits - 1);
    const d = (k) => block[at + k * step];
    const put = (k, a, b) => {
      block[at + k * step] = (a + b + half) >> bits;
      block[at + (7 - k) * step] = (a - b + half) >> bits;
    };
    const even = (d(2) + d(6)) * 4433, t2 = even - d(6) * 15137, t3 = even + d(2) * 6270;
    const t0 = (d(0) + d(4)) << 13, t1 = (d(0) - d(4)) << 13;
    const o7 = d(7), o5 = d(5), o3 = d(3), o1 = d(1);
    const z5 = (o7 + o3 + o5 + o1) * 9633;
    const z1 = (o7 + o1) * -7373, z2 = (o5 + o3) * -20995;
    const z3 = (o7 + o3) * -16069 + z5, z4 = (o5 + o1) * -3196 + z5;
    put(0, t0 + t3, o1 * 12299 + z1 + z4);
    put(1, t1 + t2, o3 * 25172 + z2 + z3);
    put(2, t1 - t2, o5 * 16819 + z2 + z4);
    put(3, t0 - t3, o7 * 2446 + z1 + z3);
  }

  /** A plane of levels after coding: 8×8 pixels to cosines, rounded, and back. */
  function coded(plane, width, height, table) {
    const block = new Int32Array(64), result = new Uint8ClampedArray(plane.length);
    for (let top = 0; top < height; top += 8)
      for (let left = 0; left < width; left += 8) {
        for (let k = 0; k < 64; k++) {  // beyond the edge, the last pixel again
          const y = Math.min(top + (k >> 3), height - 1), x = Math.min(left + (k & 7), width - 1);
          block[k] = plane[y * width + x] - 128;
        }
        for (let k = 0; k < 8; k++) forward(block, 8 * k, 1, 11);
        for (let k = 0; k < 8; k++) forward(block, k, 8, 15);
        for (let k = 0; k < 64; k++) {
          const size = table[k] << 3, value = Math.abs(block[k]);  // the transform is 8 times as large
          const count = Math.floor((value + (size >> 1)) / size) * table[k];
          block[k] = block[k] < 0 ? -count : count;
        }
        for (let k = 0; k < 8; k++) inverse(block, k, 8, 11);
        for (let k = 0; k < 8; k++) inverse(block, 8 * k, 1, 18);
        const rows = Math.min(8, height - top), columns = Math.min(8, width - left);
        for (let y = 0; y < rows; y++)
          for (let x = 0; x < columns; x++)
            result[(top + y) * width + left + x] = block[8 * y + x] + 128;
      }
    return result;
  }

  // Colour ---------------------------------------------------------------------------------------

  const fixed = (x) => Math.floor(x * 65536 + 0.5);
  const HALF = 32768, MIDDLE = 128 << 16;

  /** Red, green, blue to brightness and two differences of colour. */
  function split(levels) {
    const count = levels.length / 3;
    const planes = [0, 1, 2].map(() => new Uint8ClampedArray(count));
    const weights = [
      [fixed(0.299), fixed(0.587), fixed(0.114), HALF],
      [-fixed(0.168735892), -fixed(0.331264108), fixed(0.5), MIDDLE + HALF - 1],
      [fixed(0.5), -fixed(0.418687589), -fixed(0.081312411), MIDDLE + HALF - 1],
    ];
    planes.forEach((plane, k) => {
      const [r, g, b, offset] = weights[k];
      for (let at = 0; at < count; at++)
        plane[at] = (r * levels[3 * at] + g * levels[3 * at + 1] + b * levels[3 * at + 2]
          + offset) >> 16;
    });
    return planes;
  }

  function joined([bright, blue, red]) {
    const levels = new Uint8ClampedArray(3 * bright.length);
    for (let at = 0; at < bright.length; at++) {
      const y = bright[at], b = blue[at] - 128, r = red[at] - 128;
      levels[3 * at] = y + ((fixed(1.402) * r + HALF) >> 16);
      levels[3 * at + 1] = y + ((-fixed(0.344136286) * b + HALF - fixed(0.714136286) * r) >> 16);
      levels[3 * at + 2] = y + ((fixed(1.772) * b + HALF) >> 16);
    }
    return levels;
  }

  /** Means of 2×2 pixels; halves go down and up in turn. As wide as whole blocks. */
  function halved(plane, width, height) {
    const columns = 8 * Math.ceil(width / 16), rows = Math.ceil(height / 2);
    const result = new Uint8ClampedArray(columns * rows);
    for (let y = 0; y < rows; y++) {
      const above = 2 * y * width, below = Math.min(2 * y + 1, height - 1) * width;
      for (let x = 0; x < columns; x++) {
        const left = Math.min(2 * x, width - 1), right = Math.min(2 * x + 1, width - 1);
        const sum = plane[above + left] + plane[above + right] + plane[below + left]
          + plane[below + right];
        result[y * columns + x] = (sum + 1 + (x & 1)) >> 2;
      }
    }
    return { plane: result, columns, rows };
  }

  /** Twice the size: each value is ¾ of the nearest and ¼ of the next one, in both directions. */
  function doubled({ plane, columns, rows }, width, height) {
    const result = new Uint8ClampedArray(width * height), half = Math.ceil(width / 2);
    const line = new Int32Array(half);
    for (let y = 0; y < height; y++) {
      const near = y >> 1, far = Math.min(Math.max(near + (y & 1 ? 1 : -1), 0), rows - 1);
      for (let x = 0; x < half; x++)
        line[x] = 3 * plane[near * columns + x] + plane[far * columns + x];
      for (let x = 0; x < width; x++) {
        const own = x >> 1, next = own + (x & 1 ? 1 : -1);
        const other = line[next < 0 || next >= half ? own : next];
        result[y * width + x] = (3 * line[own] + other + (x & 1 ? 7 : 8)) >> 4;
      }
    }
    return result;
  }

  return function jpeg(picture, { quality }) {
    const { width, height, channels } = picture, levels = toLevels(picture);
    const bright = steps(BRIGHTNESS, quality), colour = steps(COLOUR, quality);
    let decoded;
    if (channels === 1) decoded = coded(levels, width, height, bright);
    else {
      const [first, ...others] = split(levels);
      decoded = joined([
        coded(first, width, height, bright),
        ...others.map((plane) => {
          const small = halved(plane, width, height);
          const rounded = coded(small.plane, small.columns, small.rows, colour);
          return doubled({ ...small, plane: rounded }, width, height);
        }),
      ]);
    }
    return fromLevels(decoded, width, height, channels);
  };
})();
