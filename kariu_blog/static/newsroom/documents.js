// The dialog that finds files in the library and sends new ones.

import { listen, send } from "./upload.js";

const dialog = document.getElementById("file-dialog");
const part = (name) => dialog.querySelector(`[data-part=${name}]`);

let language = "";
let chosen = []; // {url, title, lang}

// Files to link to, each with its title in the language of the text, or in another one, `lang`; none when dismissed.
export async function chooseFile(textLanguage, files) {
  language = textLanguage;
  chosen = [];
  for (const list of ["uploads", "found"]) part(list).replaceChildren();
  dialog.showModal();
  find("");
  const closed = new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  upload(files);
  await closed;
  return chosen;
}

async function find(words) {
  const address = new URL(dialog.dataset.library, location.href);
  address.search = new URLSearchParams({ q: words });
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    const { files, errors } = await response.json();
    part("error").textContent = errors?.[0].error ?? "";
    part("none").hidden = Boolean(errors || files.length);
    if (words === part("search").value && files) part("found").replaceChildren(...files.map(row));
  } catch {
    part("error").textContent = dialog.dataset.offline;
  }
}

function linkTo(file) {
  const [lang, title] = file.title[language] ?? [language, file.name];
  return { url: file.url, title, lang: lang === language ? null : lang };
}


function row(file) {
  const item = dialog.querySelector("template[data-template=row]").content.firstElementChild.cloneNode(true);
  item.querySelector("bdi").textContent = linkTo(file).title;
  item.querySelector("small").textContent = file.about;
  item.querySelector("button").addEventListener("click", () => {
    chosen = [linkTo(file)];
    dialog.close();
  });
  return item;
}

async function upload(files) {
  const sent = [];
  for (const file of files) {
    const item = dialog.querySelector("template[data-template=upload]").content.firstElementChild.cloneNode(true);
    item.querySelector("bdi").textContent = file.name;
    part("uploads").append(item);
    const { file: known, error } = await send(file, dialog.dataset.upload, item.querySelector("progress"));
    item.querySelector("progress").remove();
    if (known) sent.push(linkTo(known));
    else item.querySelector("[role=alert]").textContent = error ?? dialog.dataset.unsent;
  }
  if (!sent.length) return;
  chosen = sent;
  if (sent.length === files.length) dialog.close();
}

if (dialog) listen(dialog, part, find, upload);
