// <self-refresh every="30"> has its element ask for itself again, but only while somebody looks and reads no figure.
class SelfRefresh extends HTMLElement {
  connectedCallback() {
    Object.assign(this, { period: 1000 * (this.getAttribute("every") ?? 30), asked: Date.now() });
    this.looked = () => this.look();
    this.timer = setInterval(this.looked, 1000);
    document.addEventListener("visibilitychange", this.looked);
    this.addEventListener("htmx:before:swap", () => this.remember());
    for (const done of ["htmx:after:swap", "htmx:after:settle"]) this.addEventListener(done, () => this.restore());
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.looked);
  }

  look() {
    const read = this.querySelector("chart-readout:is(:hover, :focus)");
    if (document.hidden || read || Date.now() - this.asked < this.period) return;
    this.asked = Date.now();
    this.firstElementChild.dispatchEvent(new CustomEvent("look-again"));
  }

  remember() {
    this.open = [...this.querySelectorAll("details[open]")].map(({ id, lastElementChild }) => [id, lastElementChild.scrollTop]);
    const held = this.querySelector(":focus");
    this.focused = held?.id || held?.parentElement.id;
  }

  restore() {
    for (const [id, top] of this.open ?? []) {
      const details = document.getElementById(id);
      if (details) Object.assign(details, { open: true }).lastElementChild.scrollTop = top;
    }
    const part = document.getElementById(this.focused);
    (part?.querySelector(":scope > summary") ?? part)?.focus({ preventScroll: true });
  }
}
customElements.define("self-refresh", SelfRefresh);
