// <theme-switch><button>…</button></theme-switch>: the system's scheme, light, dark, and round again.
const THEMES = ["system", "light", "dark"];

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.show(document.documentElement.dataset.theme ?? "system");
    this.querySelector("button").addEventListener("click", () => this.next());
  }

  next() {
    const theme = THEMES[(THEMES.indexOf(this.getAttribute("theme")) + 1) % THEMES.length];
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {}
    this.show(theme);
  }

  show(theme) {
    this.setAttribute("theme", theme);
    const button = this.querySelector("button");
    button.setAttribute("aria-label", `Theme: ${theme}`);
    button.title = `Theme: ${theme}`;
  }
}

customElements.define("theme-switch", ThemeSwitch);
