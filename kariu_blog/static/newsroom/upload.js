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

// Whether it goes into the library of pictures: telephones' HEIC may come without a type, and is known by its beginning.
export async function isPictureFile(file) {
  if (file.type) return file.type.startsWith("image/");
  const head = new Uint8Array(await file.slice(4, 8).arrayBuffer());
  return /\.(heic|heif|avif|jpe?g|png|webp|gif)$/i.test(file.name) || String.fromCharCode(...head) === "ftyp";
}
