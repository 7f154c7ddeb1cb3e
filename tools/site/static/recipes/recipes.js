// What explorers compute in the page: the functions of the notebooks once more, a file for each
// notebook, under the names by which `tools/site/computed.py` declares them.
//
// A recipe takes what it reads of the notebook, and options. It returns a function of a setting
// that returns a View, as `widgets.View` is one: panels and curves by title, and a line of text. A
// setting has the values of the controls by name, and `shown`, as the notebook writes them. What
// takes longer than a blink is a function `later`: it gives the whole text once the slider rests.
"use strict";

const recipes = {};

/** How recipes write numbers: as Python's formats do. */
const written = {
  /** `:.1f` and its like. */
  fixed: (x, digits) => (Number.isFinite(x) ? x.toFixed(digits) : x > 0 ? "inf" : "-inf"),
  /** `:+.1f` and its like. */
  signed: (x, digits) => (x < 0 ? "" : "+") + written.fixed(x, digits),
  /** `:.3g` and its like, between 0.0001 and 999. */
  short: (x, digits) => String(Number(x.toPrecision(digits))),
};
