// The API's documentation, from this server alone: nothing is fetched from elsewhere and nothing is validated online.
const page = document.getElementById("api");
const theme = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.documentElement.classList.toggle("dark-mode", theme === "dark");

// Swagger UI's own layout brings a second <main> and repeats the title; the page has both already.
const ours = ({ React: { createElement: make } }) => ({
  components: {
    OurLayout: ({ getComponent, specSelectors, errSelectors }) => {
      const part = (name) => make(getComponent(name, true), { key: name });
      const failed = specSelectors.loadingStatus() === "failed" || errSelectors.lastError();
      if (failed) return make("div", { className: "swagger-ui" }, part("errors"));
      if (!specSelectors.specStr()) return null;
      const keys = specSelectors.securityDefinitions() ? [part("AuthorizeBtnContainer")] : [];
      return make("div", { className: "swagger-ui" }, make(getComponent("SvgAssets")), ...keys, part("operations"));
    },
  },
});

globalThis.SwaggerUIBundle({
  url: page.dataset.description,
  domNode: page,
  plugins: [ours],
  layout: "OurLayout",
  deepLinking: false, // its links stand inside buttons, where no keyboard reaches them
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  validatorUrl: null,
});
