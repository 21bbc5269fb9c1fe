// <self-refresh every="30"> around an element with hx-trigger="look-again": asks again, but only while somebody looks,
// and not while they read a figure. What was open stays open, and what had the focus has it still.
class SelfRefresh extends HTMLElement {
  connectedCallback() {
    this.period = 1000 * (this.getAttribute("every") ?? 30);
    this.asked = Date.now();
    this.timer = setInterval(() => this.look(), 1000);
    this.looked = () => this.look();
    document.addEventListener("visibilitychange", this.looked);
    this.addEventListener("htmx:before:swap", () => this.remember());
    this.addEventListener("htmx:after:swap", () => this.restore());
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.looked);
  }

  look() {
    if (document.hidden || Date.now() - this.asked < this.period) return;
    if (this.querySelector("chart-readout:is(:hover, :focus)")) return;
    this.asked = Date.now();
    this.firstElementChild.dispatchEvent(new CustomEvent("look-again"));
  }

  remember() {
    this.open = [...this.querySelectorAll("details[open]")].map(({ id, lastElementChild }) => [id, lastElementChild.scrollTop]);
    this.focused = this.contains(document.activeElement) && (document.activeElement.id || document.activeElement.parentElement.id);
  }

  restore() {
    for (const [id, top] of this.open ?? []) {
      const details = document.getElementById(id);
      if (details) Object.assign(details, { open: true }).lastElementChild.scrollTop = top;
    }
    const part = this.focused && document.getElementById(this.focused);
    (part?.querySelector(":scope > summary") ?? part)?.focus?.({ preventScroll: true });
  }
}

customElements.define("self-refresh", SelfRefresh);
