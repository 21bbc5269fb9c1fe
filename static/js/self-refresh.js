// <self-refresh every="30"> has its element ask for itself again, but only while one looks, and reads or marks nothing.
class SelfRefresh extends HTMLElement {
  connectedCallback() {
    Object.assign(this, { period: 1000 * (this.getAttribute("every") ?? 30), asked: Date.now() });
    this.looked = () => this.look();
    this.timer = setInterval(this.looked, 1000);
    document.addEventListener("visibilitychange", this.looked);
    this.addEventListener("htmx:before:swap", (swap) => (this.isRead() ? swap.preventDefault() : this.remember()));
    this.addEventListener("htmx:after:swap", () => this.restore());
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.looked);
  }

  look() {
    if (document.hidden || Date.now() - this.asked < this.period || this.isRead()) return;
    this.asked = Date.now();
    this.firstElementChild.dispatchEvent(new CustomEvent("look-again"));
  }

  all = (selector) => [...this.querySelectorAll(selector)];
  isMarked = () => !getSelection().isCollapsed && this.contains(getSelection().anchorNode);
  isRead = () => this.isMarked() || this.querySelector("chart-readout:is(:hover, :focus), :active");

  remember() {
    const held = this.querySelector(":focus"), [name, value] = held?.id ? ["id", held.id] : ["href", held?.getAttribute("href")];
    const same = held?.matches("summary") ? `[id="${held.parentElement.id}"] > summary` : `[${name}="${CSS.escape(value)}"]`;
    const tables = this.all(".table").map(({ scrollLeft, scrollTop }) => ({ scrollLeft, scrollTop }));
    this.kept = { open: this.all("details[open]").map(({ id }) => id), tables, same, nth: this.all(same).indexOf(held) };
  }

  restore() {
    for (const details of this.all("details")) details.open ||= this.kept.open.includes(details.id);
    this.all(".table").forEach((table, nth) => Object.assign(table, this.kept.tables[nth]));
    if (this.kept.nth >= 0) (this.all(this.kept.same)[this.kept.nth] ?? this.all(this.kept.same)[0])?.focus({ preventScroll: true });
  }
}
customElements.define("self-refresh", SelfRefresh);
