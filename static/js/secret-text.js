// <secret-text> holds <details> with secrets: what was shown hides itself again after a minute or when one looks away.
// Where it came into the page by itself, a link beside it with data-hide takes it out again.
class SecretText extends HTMLElement {
  connectedCallback() {
    this.hide = () => this.querySelectorAll("details[open]").forEach((shown) => (shown.open = false));
    this.looked = () => document.hidden && this.hide();
    this.addEventListener("toggle", () => this.wait(), { capture: true });
    document.addEventListener("visibilitychange", this.looked);
    this.parentElement.querySelector("[data-hide]")?.addEventListener("click", (click) => this.leave(click));
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.looked);
  }

  leave(click) {
    click.preventDefault();
    const part = this.parentElement;
    document.querySelector(`[hx-get="${click.currentTarget.getAttribute("href")}/password"]`)?.focus();
    part.replaceWith(Object.assign(document.createElement("div"), { id: part.id }));
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.hide, 60_000);
  }
}

customElements.define("secret-text", SecretText);
