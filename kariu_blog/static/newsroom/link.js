// The code stands behind the # of the address, which browsers send to no server. It goes into the form instead.
const code = document.querySelector(".code");
const input = code.querySelector("input");
if (location.hash.length > 1) {
  input.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
code.hidden = input.value !== "" && !input.hasAttribute("aria-invalid");
