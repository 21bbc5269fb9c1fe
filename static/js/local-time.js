// <local-time><time datetime="…Z">…</time></local-time>: the moment in the reader's own zone; in place with `exact`.
const FORMAT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const ZONED = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});

class LocalTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    const moment = time && new Date(time.dateTime);
    if (!moment || Number.isNaN(moment.getTime())) return;
    time.title = `${ZONED.format(moment)} · ${time.title}`;
    if (this.hasAttribute("exact")) time.textContent = FORMAT.format(moment);
  }
}

customElements.define("local-time", LocalTime);
