// A picture of the reader's, looked at in the page: its gradient histogram, the noise in it, and a
// first restoration. The file is read by the browser and goes nowhere.
"use strict";

const OWN = {
  least: 64,  // pixels a side
  side: 384,  // of the square that is looked at: larger ones would keep the reader waiting
  megabytes: 50,
  megapixels: 100,
  filters: ["nlm", "wavelet", "bilateral", "median"],
  strengths: [0.5, 0.75, 1, 1.25, 1.5, 2],
};
const ACCEPTED = `Accepted are PNG, JPEG and WebP pictures of 8 bits, from ${OWN.least}×${OWN.least} `
  + `pixels to ${OWN.megapixels} megapixels, up to ${OWN.megabytes} MB.`;
const DEEP = "The course restores such files without loss: python -m helpers.denoise IN OUT.";

class Refused extends Error {}

/** What the first bytes of a file tell that a browser's decoder hides. */
async function sniff(file) {
  const bytes = new DataView(await file.slice(0, 32).arrayBuffer().catch(() => {
    throw new Refused("This cannot be read: it is a folder, or a file that is no longer there.");
  }));
  if (!bytes.byteLength) throw new Refused("This file is empty.");
  const word = (at) => (bytes.byteLength >= at + 4 ? bytes.getUint32(at) : 0);
  if ([0x49492a00, 0x4d4d002a, 0x49492b00, 0x4d4d002b].includes(word(0)))
    throw new Refused(`This is a TIFF file, which browsers do not read. ${DEEP}`);
  if (word(0) === 0x47494638)
    throw new Refused("This is a GIF, which has 256 colours and dots in place of the others: they "
      + "would pass for noise.");
  if (word(0) !== 0x89504e47) return;
  if (bytes.byteLength > 24 && bytes.getUint8(24) === 16)
    throw new Refused("This PNG has 16 bits, and a browser would silently keep 8 of them. "
      + `${DEEP}`);
  checkSize(word(16), word(20));
}

function checkSize(width, height) {
  if (width * height > 1e6 * OWN.megapixels)
    throw new Refused(`This picture has ${Math.round((width * height) / 1e6)} megapixels.`);
  if (Math.min(width, height) < OWN.least)
    throw new Refused(`This picture has ${width}×${height} pixels, too few to tell noise from scene.`);
}

/** The middle of a picture file, as helpers know pictures, and notes of what was done to it. */
async function readPicture(file) {
  if (file.size > 1e6 * OWN.megabytes)
    throw new Refused(`This file has ${Math.round(file.size / 1e6)} MB.`);
  await sniff(file);
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => {
    throw new Refused("This file is no picture that your browser can read.");
  });
  checkSize(bitmap.width, bitmap.height);
  const width = Math.min(bitmap.width, OWN.side), height = Math.min(bitmap.height, OWN.side);
  const whole = `${bitmap.width}×${bitmap.height}`, notes = [];
  const canvas = element("canvas", { width, height });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.drawImage(bitmap, -((bitmap.width - width) >> 1), -((bitmap.height - height) >> 1));
  bitmap.close();  // else 24 megapixels keep 96 MB until the collector comes
  const pixels = () => brush.getImageData(0, 0, width, height).data;
  if (pixels().some((x, at) => at % 4 === 3 && x < 255)) {
    notes.push("What is transparent lies on white here.");
    brush.globalCompositeOperation = "destination-over";
    brush.fillStyle = "#fff";
    brush.fillRect(0, 0, width, height);
  }
  const data = pixels();
  const isGray = data.every((x, at) => at % 4 === 3 || x === data[at - (at % 4)]);
  const kept = data.filter((_, at) => (isGray ? at % 4 === 0 : at % 4 !== 3));
  if (whole !== `${width}×${height}`)
    notes.push(`Shown are ${width}×${height} pixels from the middle of ${whole}: cut out and not `
      + "shrunk, because shrinking averages noise away.");
  return { picture: helpers.fromLevels(kept, width, height, isGray ? 1 : 3), notes };
}

/** What an explorer of the picture is made of. */
function ownExplorer(picture, sigma) {
  return {
    labels: ["filter", "strength"],
    settings: [OWN.filters, OWN.strengths.map((by) => `${by} × the estimate`)],
    start: [0, OWN.strengths.indexOf(1)],
    rests: true,
    computed: {
      recipe: "own_picture",
      numbers: { picture, sigma },
      pictures: {},
      names: ["filter", "strength"],
      values: [OWN.filters, OWN.strengths],
      axes: {
        x: "gradient (gray levels)", y: "probability", xlim: [-255, 255], ylim: [1e-6, 1],
        yscale: "log",
      },
    },
  };
}

function ownPicture(root) {
  const choose = element("input", { type: "file", accept: "image/*" });
  const drop = element("label", { className: "own-drop" },
    element("b", {}, "Drop a picture here, or choose a file "), choose);
  const said = element("p", { className: "own-said" });
  said.setAttribute("role", "status");
  const shown = element("div", {});
  root.append(drop, said, shown);

  let asked = 0;  // so many times; of a file that another has followed nothing is shown

  async function show(file, ...others) {
    const mine = ++asked;
    shown.replaceChildren();
    said.textContent = "Reading …";
    try {
      const { picture, notes } = await readPicture(file);
      await new Promise((painted) => setTimeout(painted, 30));
      if (mine !== asked) return;
      const { auto, SOME } = helpers.estimation, sigma = auto(picture, SOME);
      if (others.length) notes.unshift(`Of ${1 + others.length} files this is ${file.name}.`);
      if (sigma < 1 / 255)
        notes.push("Hardly any noise is found: what a filter takes now is mostly picture.");
      said.textContent = [...notes, "Nothing was uploaded."].join(" ");
      const made = element("div", { className: "explorer" });
      made.setAttribute("role", "group");
      made.setAttribute("aria-label", "Your picture");
      shown.append(made);
      explorer(made, ownExplorer(picture, sigma));
    } catch (error) {
      const isRefused = error instanceof Refused;
      const isKnown = isRefused || error instanceof helpers.estimation.Unreadable;
      if (mine === asked)
        said.textContent = isRefused ? `${error.message} ${ACCEPTED}`
          : `${error.message}: no noise can be estimated.`;
      if (!isKnown) throw error;
    }
  }

  choose.addEventListener("change", () => choose.files.length && show(...choose.files));
  // Beside the frame, too, a file is not to take the place of the page.
  for (const kind of ["dragenter", "dragover", "drop"])
    window.addEventListener(kind, (event) => event.preventDefault());
  for (const kind of ["dragenter", "dragover"])
    drop.addEventListener(kind, () => drop.classList.add("over"));
  for (const kind of ["dragleave", "drop"])
    drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    const { files } = event.dataTransfer;
    if (!files.length) {
      said.textContent = `That was no file. ${ACCEPTED}`;
      return;
    }
    choose.value = "";  // it would name another file, and choosing that again would do nothing
    show(...files);
  });
  said.textContent = ACCEPTED;
}

document.querySelectorAll(".own-picture").forEach(ownPicture);
