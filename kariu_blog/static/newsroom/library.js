// Sending pictures or files one by one with their progress, dropping, pasting, and pointing at what must stay in sight.
// Without this file the forms work as forms.

import { send } from "./upload.js";

const upload = document.querySelector("form.upload[data-sent]");
if (upload) {
  const input = upload.querySelector("[type=file]");
  const list = upload.querySelector(".sending");
  upload.querySelector(".help[hidden]").hidden = false;

  upload.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll(input.files);
  });
  for (const type of ["dragenter", "dragover"]) {
    upload.addEventListener(type, (event) => {
      event.preventDefault();
      upload.classList.add("over");
    });
  }
  upload.addEventListener("dragleave", () => upload.classList.remove("over"));
  upload.addEventListener("drop", (event) => {
    event.preventDefault();
    upload.classList.remove("over");
    sendAll(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => sendAll(event.clipboardData.files));

  async function sendAll(files) {
    if (!files.length) return;
    const rows = [...files].map((file) => ({ file, row: addRow(file.name) }));
    input.value = "";
    const ids = [];
    for (const { file, row } of rows) ids.push(await sendWithRow(file, row));
    if (ids.includes(undefined)) return;
    const several = upload.dataset.several ? `${upload.dataset.several}?${ids.map((id) => `id=${id}`).join("&")}` : upload.action;
    location.assign(ids.length > 1 ? several : `${upload.action}/${ids[0]}`);
  }

  function addRow(name) {
    const row = document.createElement("li");
    const label = document.createElement("bdi");
    label.textContent = name;
    row.append(label, document.createElement("progress"), document.createElement("span"));
    list.append(row);
    return row;
  }

  async function sendWithRow(file, row) {
    const [progress, words] = [row.querySelector("progress"), row.querySelector("span")];
    const { picture, file: taken = picture, error } = await send(file, upload.action, progress);
    progress.hidden = true;
    words.textContent = taken ? upload.dataset.sent : (error ?? upload.dataset.unsent);
    row.classList.toggle("wrong", !taken);
    return taken?.id;
  }
}

const aim = document.querySelector(".aim");
const across = document.querySelector("#focus_x");
if (aim && across) {
  const down = document.querySelector("#focus_y");
  const mark = aim.querySelector(".aim-mark");
  const show = () => {
    mark.style.left = `${across.value}%`;
    mark.style.top = `${down.value}%`;
  };
  aim.classList.add("live");
  mark.hidden = false;
  aim.addEventListener("click", (event) => {
    const box = aim.getBoundingClientRect();
    across.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    down.value = Math.round((100 * (event.clientY - box.top)) / box.height);
    show();
  });
  for (const field of [across, down]) field.addEventListener("input", show);
  show();
}
