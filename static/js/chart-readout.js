// <chart-readout since="…" step="…"> around a curve: a line and the figures of one step, by pointer or by arrow keys.
// Without it each step has its figures as a <title>.
const HERE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const AWAY = new Date().getTimezoneOffset() !== 0;

class ChartReadout extends HTMLElement {
  connectedCallback() {
    const [plot, slots] = [this.querySelector("svg"), [...this.querySelectorAll(".slot")]];
    if (!slots.length || this.words) return;
    this.words = slots.map((slot) => slot.textContent);
    slots.forEach((slot) => slot.replaceChildren());
    Object.assign(this, { tabIndex: 0, role: "slider", ariaValueMin: 0, ariaValueMax: slots.length - 1 });
    for (const name of ["aria-labelledby", "aria-describedby"]) this.setAttribute(name, plot.getAttribute(name));
    this.choose(slots.length - 1, false);
    this.addEventListener("pointermove", ({ clientX }) => {
      const { left, width } = plot.getBoundingClientRect();
      this.choose(Math.floor(((clientX - left) / width) * slots.length));
    });
    this.addEventListener("focus", () => this.choose(this.at));
    for (const leaving of ["pointerleave", "blur"]) this.addEventListener(leaving, () => this.choose(this.at, false));
    this.addEventListener("keydown", (pressed) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -Infinity, End: Infinity }[pressed.key];
      if (by) pressed.preventDefault(this.choose(this.at + by));
    });
  }

  choose(at, shown = true) {
    this.at = Math.max(0, Math.min(this.words.length - 1, at));
    const here = AWAY ? ` (here ${HERE.format(Number(this.getAttribute("since")) + this.at * this.getAttribute("step"))})` : "";
    Object.assign(this, { ariaValueNow: this.at, ariaValueText: this.words[this.at].replace(" UTC:", ` UTC${here}:`) });
    const [latest, said, line] = [".chart__latest", ".chart__said", ".crosshair"].map((name) => this.querySelector(name));
    [said.textContent, said.hidden, latest.hidden] = [this.ariaValueText, !shown, shown];
    line.setAttribute("d", `M${this.at * 10 + 5} 0V1000`);
    line.setAttribute("visibility", shown ? "visible" : "hidden");
  }
}
customElements.define("chart-readout", ChartReadout);
