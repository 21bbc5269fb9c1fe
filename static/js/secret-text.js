// <secret-text> holds <details> with secrets: what was shown hides itself again after a minute or when one looks away.
class SecretText extends HTMLElement {
  connectedCallback() {
    this.hide = () => this.querySelectorAll("details[open]").forEach((shown) => (shown.open = false));
    this.looked = () => document.hidden && this.hide();
    this.addEventListener("toggle", () => this.wait(), { capture: true });
    document.addEventListener("visibilitychange", this.looked);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.looked);
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.hide, 60_000);
  }
}

customElements.define("secret-text", SecretText);
