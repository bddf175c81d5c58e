// Light or dark: follows the system until the reader chooses. The choice is a cookie, so that the
// server can write it into the page and nothing flashes.
const dark = matchMedia("(prefers-color-scheme: dark)");

const shownTheme = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const theme = shownTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
});
