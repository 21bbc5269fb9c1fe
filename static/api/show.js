// The API's documentation, from this server alone: nothing is fetched from elsewhere and nothing is validated online.
const page = document.getElementById("api");
const theme = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.documentElement.classList.toggle("dark-mode", theme === "dark");

globalThis.SwaggerUIBundle({
  url: page.dataset.description,
  domNode: page,
  deepLinking: false, // its links stand inside buttons, where no keyboard reaches them
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  validatorUrl: null,
  onComplete: () => page.querySelector("main")?.setAttribute("role", "presentation"), // the page has its own
});
