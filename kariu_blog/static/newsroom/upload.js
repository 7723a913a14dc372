// Sends one picture to the library.  Resolves to {picture} or {error}; `progress` is a <progress> that follows it.

export function send(file, address, progress) {
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
      const { pictures, errors } = request.response ?? {};
      done({ picture: pictures?.[0], error: errors?.[0]?.error });
    });
    request.addEventListener("error", () => done({}));
    const body = new FormData();
    body.append("files", file, file.name);
    request.send(body);
  });
}
