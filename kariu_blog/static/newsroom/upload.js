// Sends one file to a library.  Resolves to {picture}, {file} or {error}; `progress` is a <progress> that follows it.

export function send(sent, address, progress) {
  return new Promise((done) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far an upload is
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector("[name=csrf_token]").value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.loaded < event.total) progress.value = event.loaded / event.total;
      else progress.removeAttribute("value"); // sent, and now being made ready
    });
    request.addEventListener("load", () => {
      const { pictures, files, errors } = request.response ?? {};
      done({ picture: pictures?.[0], file: files?.[0], error: errors?.[0]?.error });
    });
    request.addEventListener("error", () => done({}));
    const body = new FormData();
    body.append("files", sent, sent.name);
    request.send(body);
  });
}

// Has the search field and the field of files of a dialog, and what is dropped on it, lead to what the dialog does.
export function listen(dialog, part, find, upload) {
  part("search").addEventListener("input", ({ target }) => find(target.value));
  part("search").addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  part("files").addEventListener("change", ({ target }) => {
    upload([...target.files]);
    target.value = "";
  });
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    upload([...event.dataTransfer.files]);
  });
}

// Whether it goes into the library of pictures: telephones' HEIC may come without a type, and is known by its beginning.
export async function isPictureFile(file) {
  if (file.type) return file.type.startsWith("image/");
  const head = new Uint8Array(await file.slice(4, 8).arrayBuffer());
  return /\.(heic|heif|avif|jpe?g|png|webp|gif)$/i.test(file.name) || String.fromCharCode(...head) === "ftyp";
}
