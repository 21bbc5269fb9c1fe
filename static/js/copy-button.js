// <copy-button for="id" of="the password">: copies the text of that element, shown or not.
class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "button button--plain button--small";
    this.button.addEventListener("click", () => this.copy());
    this.append(this.button);
    this.say("Copy", `Copy ${this.getAttribute("of")}`);
  }

  async copy() {
    const text = document.getElementById(this.getAttribute("for")).textContent.trim();
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) || this.select(text);
    this.say(done ? "Copied" : "Select it");
    document.dispatchEvent(new CustomEvent("announce", { detail: done ? "Copied." : "Copying is off: show it and select it." }));
    setTimeout(() => this.say("Copy", `Copy ${this.getAttribute("of")}`), 2000);
  }

  // Browsers offer no clipboard to a page that came over plain HTTP from another machine.
  select(text) {
    const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
    this.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    this.button.focus();
    return done;
  }

  say(text, label = text) {
    this.button.textContent = text;
    this.button.setAttribute("aria-label", label);
  }
}

customElements.define("copy-button", CopyButton);
