// <chart-readout since="…" step="…"> around a curve: a line and the figures of one step, by pointer or by arrow keys.
// Without it each step has its figures as a <title>.
const HERE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const AWAY = new Date().getTimezoneOffset() !== 0;

class ChartReadout extends HTMLElement {
  connectedCallback() {
    const slots = [...this.querySelectorAll(".slot")];
    if (!slots.length || this.words) return;
    this.words = slots.map((slot) => slot.textContent);
    slots.forEach((slot) => slot.replaceChildren());
    this.said = this.querySelector(".chart__said");
    this.tabIndex = 0;
    Object.assign(this, { role: "slider", ariaValueMin: 0, ariaValueMax: slots.length - 1 });
    this.setAttribute("aria-labelledby", this.querySelector("svg").getAttribute("aria-labelledby"));
    this.setAttribute("aria-describedby", this.querySelector("desc").id);
    this.choose(slots.length - 1, false);
    this.addEventListener("pointermove", ({ clientX }) => {
      const { left, width } = this.querySelector(".chart__plot").getBoundingClientRect();
      this.choose(Math.floor(((clientX - left) / width) * slots.length));
    });
    this.addEventListener("focus", () => this.choose(this.at));
    for (const leaving of ["pointerleave", "blur"]) this.addEventListener(leaving, () => this.choose(this.at, false));
    this.addEventListener("keydown", (pressed) => {
      const to = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, PageUp: this.at - 12, PageDown: this.at + 12, Home: 0, End: slots.length - 1 }[pressed.key];
      if (to === undefined) return;
      pressed.preventDefault();
      this.choose(to);
    });
  }

  choose(at, shown = true) {
    this.at = Math.max(0, Math.min(this.words.length - 1, at));
    const here = AWAY ? ` (here ${HERE.format(Number(this.getAttribute("since")) + this.at * this.getAttribute("step"))})` : "";
    Object.assign(this, { ariaValueNow: this.at, ariaValueText: this.words[this.at].replace(" UTC:", ` UTC${here}:`) });
    this.said.textContent = shown ? this.ariaValueText : this.said.dataset.latest;
    this.said.classList.toggle("chosen", shown);
    const line = this.querySelector(".crosshair");
    line.setAttribute("d", `M${this.at * 10 + 5} 0V1000`);
    line.setAttribute("visibility", shown ? "visible" : "hidden");
  }
}

customElements.define("chart-readout", ChartReadout);
