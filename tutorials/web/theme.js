// Light or dark: what the reader chose before, or else what his system says.
// This script runs before the page is drawn, so that it never flashes.

const chosen = (() => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage is switched off: the choice lasts as long as the page
  }
})();
if (chosen) document.documentElement.dataset.theme = chosen;

addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  const dark = () => (document.documentElement.dataset.theme ??
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => { button.textContent = dark() ? "Light page" : "Dark page"; };
  button.hidden = false;
  name();
  button.addEventListener("click", () => {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem("theme", theme); } catch { /* see above */ }
    name();
  });
});
