// What a parameter is: `helpers/parameters.py` for the declarations that a page brings with it.
"use strict";

helpers.parameters = (() => {
  /** A number as Python's `:.4g` writes it, between 0.0001 and 9999. */
  const short = (x) => String(Number(x.toPrecision(4)));

  /** A value as the literature writes it: "σ = 25/255". */
  const format = ({ symbol, scale, unit }, value) => `${symbol} = ${short(value * scale)}${unit}`;

  /** The value at a position, 0 to 1, of a slider's range. */
  function at({ low, high, log, step }, position) {
    const value = log ? low * (high / low) ** position : low + position * (high - low);
    return step === null ? value : Math.trunc(low + helpers.rint((value - low) / step) * step);
  }

  /** A noise model's name with its values. */
  function describe({ title, parameters }, values) {
    const shown = Object.entries(parameters).map(([name, one]) => format(one, values[name]));
    return [title, ...shown].join(", ");
  }

  /** The values of a model whose first parameter stands at a position of its range. */
  function valuesAt({ parameters }, position) {
    const values = {};
    for (const [name, one] of Object.entries(parameters)) values[name] = one.default;
    const [[name, first]] = Object.entries(parameters);
    return { ...values, [name]: at(first, position) };
  }

  return { at, describe, format, valuesAt };
})();
