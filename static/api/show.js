// The API's documentation, from this server alone: nothing is fetched from elsewhere and nothing is validated online.
const page = document.getElementById("api");
const root = document.documentElement, night = matchMedia("(prefers-color-scheme: dark)");
const dress = () => root.classList.toggle("dark-mode", (root.dataset.theme ?? (night.matches ? "dark" : "light")) === "dark");
dress();
night.addEventListener("change", dress);
new MutationObserver(dress).observe(root, { attributeFilter: ["data-theme"] });

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
