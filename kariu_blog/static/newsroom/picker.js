// The dialog that finds pictures in the library and uploads new ones, several at once, with their progress.

import { listen, send } from "./upload.js";

const dialog = document.getElementById("picture-dialog");
const part = (name) => dialog.querySelector(`[data-part=${name}]`);
const template = (name) => dialog.querySelector(`template[data-template=${name}]`).content.firstElementChild.cloneNode(true);

let chosen = []; // {picture, field}
let language = "";
let isSingle = false;
let search = null; // aborts the one before

// Pictures for a text, each with what is said of it in this language: {pictures: [{url, alt, caption}], isGallery}.
// None when dismissed.
export async function choosePictures(textLanguage, files = []) {
  language = textLanguage;
  isSingle = false;
  await open(files);
  const pictures = chosen.map(({ picture, field }) => ({
    url: picture.url,
    alt: field.value.trim(),
    caption: picture.caption[language],
  }));
  return { pictures, isGallery: pictures.length > 1 && part("gallery").querySelector("input").checked };
}

// One picture as the library tells of it; undefined when dismissed.
export async function choosePicture(pageLanguage) {
  language = pageLanguage;
  isSingle = true;
  await open([]);
  return chosen[0]?.picture;
}

async function open(files) {
  chosen = [];
  part("chosen").replaceChildren();
  part("uploads").replaceChildren();
  part("found").replaceChildren(); // what was found earlier would be under the finger until the answer is there
  showChosen();
  dialog.returnValue = "";
  dialog.showModal();
  find("", 1);
  upload(files);
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "ok") chosen = [];
}

async function find(words, page) {
  search?.abort();
  search = new AbortController();
  const address = new URL(dialog.dataset.library, location.href);
  address.search = new URLSearchParams({ q: words, page });
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" }, signal: search.signal });
    const { pictures, next, errors } = await response.json();
    part("error").textContent = errors?.[0].error ?? "";
    if (errors) return;
    const found = pictures.map(tile);
    if (page === 1) part("found").replaceChildren(...found);
    else part("found").append(...found);
    part("none").hidden = page > 1 || found.length > 0;
    part("more").hidden = !next;
    part("more").onclick = () => find(words, next);
  } catch (error) {
    if (error.name !== "AbortError") part("error").textContent = dialog.dataset.offline;
  }
}

function tile(picture) {
  const button = template("tile");
  const image = button.querySelector("img");
  image.src = picture.thumbnail;
  image.alt = picture.alt[language] || picture.name;
  button.addEventListener("click", () => choose(picture));
  return button;
}

function choose(picture) {
  if (chosen.some((other) => other.picture.url === picture.url)) return;
  if (isSingle) {
    chosen = [{ picture }];
    dialog.close("ok");
    return;
  }
  const row = template("chosen");
  const field = row.querySelector("input");
  row.querySelector("img").src = picture.thumbnail;
  field.value = picture.alt[language] ?? "";
  field.lang = language;
  const entry = { picture, field };
  row.querySelector("button").addEventListener("click", () => {
    chosen = chosen.filter((other) => other !== entry);
    row.remove();
    showChosen();
  });
  chosen.push(entry);
  part("chosen").append(row);
  showChosen();
  if (chosen.length === 1) field.focus();
}

function showChosen() {
  part("insert").hidden = !chosen.length || Boolean(part("uploads").querySelector("progress"));
  part("gallery").hidden = chosen.length < 2;
}

// All are listed at once, so that one sees how many are still to come.
async function upload(files) {
  const rows = files.map((file) => {
    const row = template("upload");
    row.querySelector("bdi").textContent = file.name;
    return row;
  });
  part("uploads").append(...rows);
  for (const [index, row] of rows.entries()) {
    showChosen();
    const progress = row.querySelector("progress");
    const { picture, error } = await send(files[index], dialog.dataset.upload, progress);
    if (!row.isConnected) return; // the dialog has been dismissed
    if (picture) {
      row.remove();
      choose(picture);
    } else {
      progress.remove();
      row.querySelector("[role=alert]").textContent = error ?? dialog.dataset.unsent;
    }
  }
  showChosen();
}

if (dialog) listen(dialog, part, (typed) => find(typed, 1), upload);
