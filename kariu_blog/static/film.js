// A film begins in its place when somebody presses it; until then nothing of its host is loaded.
for (const film of document.querySelectorAll("[data-frame]")) {
  const link = film.querySelector("a");
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const frame = document.createElement("iframe");
    frame.src = film.dataset.frame;
    frame.title = link.textContent.trim();
    frame.allow = "autoplay; fullscreen; encrypted-media; picture-in-picture";
    link.replaceWith(frame);
    frame.focus();
  });
}
