// The dialog that finds pictures in the library and uploads new ones, several at once, with their progress.

const dialog = document.getElementById("picture-dialog");
const part = (name) => dialog.querySelector(`[data-part=${name}]`);
const template = (name) => dialog.querySelector(`template[data-template=${name}]`).content.firstElementChild.cloneNode(true);

let chosen = []; // {url, alt, field}
let language = "";
let search = null; // aborts the one before

// What was chosen, each with its alt text in this language; none when dismissed.
export async function choosePicture(textLanguage, files = []) {
  language = textLanguage;
  chosen = [];
  part("chosen").replaceChildren();
  part("uploads").replaceChildren();
  dialog.returnValue = "";
  dialog.showModal();
  find("", 1);
  upload(files);
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "ok") return [];
  return chosen.map(({ url, field }) => ({ url, alt: field.value.trim() }));
}

async function find(words, page) {
  search?.abort();
  search = new AbortController();
  const address = new URL(dialog.dataset.library, location.href);
  address.search = new URLSearchParams({ q: words, page });
  try {
    const response = await fetch(address, { signal: search.signal });
    const { pictures, next } = await response.json();
    const found = pictures.map(tile);
    if (page === 1) part("found").replaceChildren(...found);
    else part("found").append(...found);
    part("none").hidden = page > 1 || found.length > 0;
    part("more").hidden = !next;
    part("more").onclick = () => find(words, next);
  } catch (error) {
    if (error.name !== "AbortError") part("none").hidden = false;
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
  if (chosen.some(({ url }) => url === picture.url)) return;
  const row = template("chosen");
  const field = row.querySelector("input");
  row.querySelector("img").src = picture.thumbnail;
  field.value = picture.alt[language] ?? "";
  field.lang = language;
  const entry = { url: picture.url, field };
  row.querySelector("button").addEventListener("click", () => {
    chosen = chosen.filter((other) => other !== entry);
    row.remove();
  });
  chosen.push(entry);
  part("chosen").append(row);
  field.focus();
}

function upload(files) {
  for (const file of files) {
    const row = template("upload");
    const progress = row.querySelector("progress");
    row.querySelector("bdi").textContent = file.name;
    part("uploads").append(row);
    const request = new XMLHttpRequest(); // fetch tells nothing of an upload's progress
    const body = new FormData();
    body.append("files", file);
    request.open("POST", dialog.dataset.upload);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector("[name=csrf_token]").value);
    request.upload.onprogress = ({ loaded, total }) => (progress.value = loaded / total);
    request.onload = () => {
      const { pictures = [], errors = [] } = request.response ?? {};
      for (const picture of pictures) choose(picture);
      if (pictures.length) row.remove();
      else fail(row, errors[0]?.error ?? dialog.dataset.failed);
    };
    request.onerror = () => fail(row, dialog.dataset.offline);
    request.send(body);
  }
}

function fail(row, words) {
  row.querySelector("progress").remove();
  row.querySelector("[role=alert]").textContent = words;
}

if (dialog) {
  part("search").addEventListener("input", ({ target }) => find(target.value, 1));
  part("search").addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  part("files").addEventListener("change", ({ target }) => {
    upload([...target.files]);
    target.value = "";
  });
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    upload([...event.dataTransfer.files].filter(({ type }) => type.startsWith("image/")));
  });
}
