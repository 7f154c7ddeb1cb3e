// A pad on which a curve is drawn, with the mouse, a finger or the arrow keys (helpers/widgets/sketch.py).
const WIDTH = 560, HEIGHT = 320, LEFT = 52, RIGHT = 16, TOP = 44, BOTTOM = 44;
const INK = "#222222", YOURS = "#0072b2", TRUTH = "#d55e00";
const STEP = 5, RISE = 1 / 40;  // of an arrow key: in columns, in heights

function render({ model, el }) {
  const [low, high] = model.get("y"), [first, last] = model.get("x");
  const columns = model.get("columns"), name = model.get("label");
  let drawn = fresh();
  let pen = { column: 0, y: (low + high) / 2 }, from = null, pressed = false;

  const canvas = document.createElement("canvas"), ratio = Math.max(window.devicePixelRatio, 1);
  canvas.width = WIDTH * ratio;
  canvas.height = HEIGHT * ratio;
  canvas.className = "prediction-pad";
  canvas.style.cssText = `display:block;width:${WIDTH}px;max-width:100%;touch-action:none;background:white`;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "slider");
  canvas.setAttribute("aria-valuemin", low);
  canvas.setAttribute("aria-valuemax", high);
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "Clear";
  const help = document.createElement("div");
  help.textContent = "Draw from left to right, or press the arrow keys: ← → go on, ↑ ↓ bend the line.";
  el.append(help, canvas, clear);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);

  function fresh() {  // what was drawn before, when the page is opened again
    const kept = model.get("drawn");
    return kept.length === columns ? [...kept] : Array(columns).fill(null);
  }
  const across = (column) => LEFT + column / (columns - 1) * (WIDTH - LEFT - RIGHT);
  const down = (y) => TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM);
  const within = (value, least, most) => Math.min(Math.max(value, least), most);
  const short = (value) => String(Number(value.toPrecision(3)));

  function stroke(a, b) {  // every column between two places gets its height
    const steps = Math.abs(b.column - a.column), way = Math.sign(b.column - a.column);
    for (let k = 0; k <= steps; k++)
      drawn[a.column + way * k] = steps ? a.y + (b.y - a.y) * k / steps : b.y;
  }
  function line(heights, colour, dashes, width) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dashes);
    context.beginPath();
    heights.forEach((y, column) => {
      if (y === null) return;
      const broken = column === 0 || heights[column - 1] === null;
      context[broken ? "moveTo" : "lineTo"](across(column), down(within(y, low, high)));
    });
    context.stroke();
    context.setLineDash([]);
  }
  function axes() {
    context.fillStyle = "white";
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = INK;
    context.font = "12px sans-serif";
    context.lineWidth = 1;
    for (let k = 0; k <= 4; k++) {
      const y = low + (high - low) * k / 4, x = first + (last - first) * k / 4;
      context.strokeStyle = k ? "#dddddd" : INK;
      context.beginPath();
      context.moveTo(LEFT, down(y));
      context.lineTo(WIDTH - RIGHT, down(y));
      context.moveTo(across(k * (columns - 1) / 4), TOP);
      context.lineTo(across(k * (columns - 1) / 4), HEIGHT - BOTTOM);
      context.stroke();
      context.textAlign = "right";
      context.fillText(short(y), LEFT - 6, down(y) + 4);
      context.textAlign = "center";
      context.fillText(short(x), across(k * (columns - 1) / 4), HEIGHT - BOTTOM + 16);
    }
    context.fillText(model.get("xlabel"), (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
    context.textAlign = "left";
    context.fillText(model.get("ylabel"), 6, 14);
  }
  function key(text, colour, dashes, left) {  // told apart by dashes and words, not by colour alone
    context.strokeStyle = colour;
    context.lineWidth = 3;
    context.setLineDash(dashes);
    context.beginPath();
    context.moveTo(left, 30);
    context.lineTo(left + 34, 30);
    context.stroke();
    context.setLineDash([]);
    context.fillText(text, left + 40, 34);
  }
  function draw() {
    const truth = model.get("truth"), locked = model.get("locked");
    axes();
    line(drawn, YOURS, [], 2.5);
    if (truth.length) {
      line(truth, TRUTH, [8, 4], 3);
      key("yours", YOURS, [], LEFT);
      key("the truth", TRUTH, [8, 4], LEFT + 110);
    }
    if (!locked && document.activeElement === canvas) {
      context.strokeStyle = INK;
      context.beginPath();
      context.arc(across(pen.column), down(pen.y), 6, 0, 7);
      context.stroke();
    }
    for (const one of [clear, help]) one.style.display = locked ? "none" : "";
    const x = first + (last - first) * pen.column / (columns - 1);
    canvas.setAttribute("aria-disabled", locked);
    canvas.setAttribute("aria-label", locked ? model.get("spoken") || name : name);
    canvas.setAttribute("aria-valuenow", pen.y);
    canvas.setAttribute("aria-valuetext", `${short(pen.y)} at ${short(x)}`);
  }
  function send() {
    model.set("drawn", [...drawn]);
    model.save_changes();
  }
  function at(event) {  // the page may show the pad smaller than it is
    const box = canvas.getBoundingClientRect(), scale = WIDTH / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    const column = Math.round((x - LEFT) / (WIDTH - LEFT - RIGHT) * (columns - 1));
    const height = high - (y - TOP) / (HEIGHT - TOP - BOTTOM) * (high - low);
    return { column: within(column, 0, columns - 1), y: within(height, low, high) };
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (model.get("locked")) return;
    pressed = true;
    canvas.setPointerCapture(event.pointerId);
    pen = at(event);
    from = null;
    stroke(pen, pen);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!pressed) return;
    const next = at(event);
    stroke(pen, next);
    pen = next;
    draw();
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      if (pressed) send();
      pressed = false;
    });
  canvas.addEventListener("keydown", (event) => {
    const aside = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -columns, End: columns }[event.key];
    const up = { ArrowUp: RISE, ArrowDown: -RISE }[event.key];
    if (model.get("locked") || (aside === undefined && up === undefined)) return;
    event.preventDefault();
    event.stopPropagation();  // JupyterLab would go to the next cell
    if (aside !== undefined) {
      from = pen;
      pen = { column: within(pen.column + aside, 0, columns - 1), y: pen.y };
    } else {
      pen = { column: pen.column, y: within(pen.y + up * (high - low), low, high) };
    }
    stroke(from ?? pen, pen);
    draw();
    send();
  });
  canvas.addEventListener("focus", draw);
  canvas.addEventListener("blur", draw);
  clear.addEventListener("click", () => {
    drawn = Array(columns).fill(null);
    from = null;
    draw();
    send();
  });
  const changed = () => {
    if (!pressed) drawn = fresh();
    draw();
  };
  model.on("change:drawn", changed);
  model.on("change:truth", changed);
  model.on("change:locked", changed);
  draw();
  return () => {
    for (const one of ["drawn", "truth", "locked"]) model.off(`change:${one}`, changed);
  };
}

export default { render };
