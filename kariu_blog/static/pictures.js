// Sending pictures one by one with their progress, dropping, pasting, and pointing at what must stay in sight.
// Without this file the forms work as forms.

const upload = document.querySelector("form.upload");
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
    for (const { file, row } of rows) ids.push(await send(file, row));
    if (!ids.includes(undefined)) location.assign(ids.length > 1 ? upload.action : `${upload.action}/${ids[0]}`);
  }

  function addRow(name) {
    const row = document.createElement("li");
    const label = document.createElement("bdi");
    label.textContent = name;
    row.append(label, document.createElement("progress"), document.createElement("span"));
    list.append(row);
    return row;
  }

  function send(file, row) {
    const [progress, words] = [row.querySelector("progress"), row.querySelector("span")];
    return new Promise((done) => {
      const request = new XMLHttpRequest(); // fetch does not tell how far an upload is
      const finish = (text, id) => {
        progress.hidden = true;
        words.textContent = text;
        row.classList.toggle("wrong", id === undefined);
        done(id);
      };
      request.open("POST", upload.action);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", upload.elements.csrf_token.value);
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.loaded < event.total) progress.value = event.loaded / event.total;
        else progress.removeAttribute("value"); // sent, and now being made ready
      });
      request.addEventListener("load", () => {
        const error = request.response?.errors?.[0]?.error;
        if (request.status === 201) finish(upload.dataset.sent, request.response.pictures[0].id);
        else finish(error ?? upload.dataset.unsent);
      });
      request.addEventListener("error", () => finish(upload.dataset.unsent));
      const body = new FormData();
      body.append("files", file, file.name);
      request.send(body);
    });
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
