// The API's page: finding operations, opening the one in the address, and trying them. Nothing typed here is kept.
const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));
const make = (name, properties = {}, ...inside) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
};

class ApiSearch extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.count = this.querySelector(".count");
    this.operations = [...document.querySelectorAll(".operation")].map((one) => [one, `${one.id} ${one.querySelector("summary").textContent}`.toLowerCase().replace(/\s+/g, " ")]);
    this.field.addEventListener("input", () => this.find());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest?.("input, textarea, select")) return;
      event.preventDefault();
      this.field.focus();
    });
  }

  find() {
    const words = this.field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [one, text] of this.operations) {
      one.hidden = !words.every((word) => text.includes(word));
      if (!one.hidden && one.querySelector("api-trial")) found += 1;
    }
    this.count.textContent = found === 1 ? "1 operation" : `${found || "no"} operations`;
    clearTimeout(this.later);
    this.later = setTimeout(() => announce(this.count.textContent), 400);
  }

  clear() {
    this.field.value = "";
    this.find();
  }
}

class ApiKey extends HTMLElement {
  get token() {
    return this.querySelector("input").value.trim();
  }
}

// <api-trial data-method="GET" data-path="/teams/{slug}" data-parameters="[…]" data-body="…">: a form once it is looked at.
class ApiTrial extends HTMLElement {
  connectedCallback() {
    this.operation = this.closest("details");
    this.operation.addEventListener("toggle", () => this.operation.open && this.build());
    if (this.operation.open) this.build();
  }

  build() {
    if (this.form) return;
    const name = this.dataset.name, method = this.dataset.method;
    const fields = JSON.parse(this.dataset.parameters).map((one) => this.field(one));
    this.form = make("form", { className: "form", noValidate: true }, make("h4", { textContent: "Try it" }));
    if (fields.length) this.form.append(make("div", { className: "trial__fields" }, ...fields));
    if (this.dataset.body) {
      const id = `try-${name}-body`;
      this.body = make("textarea", { id, className: "trial__body", value: this.dataset.body, spellcheck: false, rows: this.dataset.body.split("\n").length });
      this.form.append(make("div", { className: "field trial__wide" }, make("label", { htmlFor: id, textContent: "Body" }), this.body));
    }
    const kind = method === "DELETE" ? "button button--ember" : "button";
    this.button = make("button", { className: kind, textContent: `Send ${method}` });
    this.answer = make("div", { className: "trial__answer" });
    this.form.append(make("div", { className: "form__end" }, this.button));
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.send()));
    this.append(this.form, this.answer);
  }

  field({ name, place, example }) {
    const id = `try-${this.dataset.name}-${name}`;
    const input = make("input", { id, name, value: place === "path" ? example : "", placeholder: place === "path" ? "" : example, autocomplete: "off", spellcheck: false });
    input.dataset.place = place;
    return make("div", { className: "field" }, make("label", { htmlFor: id, textContent: name }), input);
  }

  request() {
    const token = document.querySelector("api-key").token;
    const headers = { Accept: "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    let path = this.dataset.path;
    const query = new URLSearchParams();
    for (const { name, value, dataset } of this.form.querySelectorAll("input[data-place]")) {
      if (dataset.place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
      else if (value && dataset.place === "query") query.set(name, value);
      else if (value) headers[name] = value;
    }
    if (this.body) headers["Content-Type"] = "application/json";
    const options = { method: this.dataset.method, headers, cache: "no-store", credentials: token ? "omit" : "same-origin" };
    return [path + (query.size ? `?${query}` : ""), this.body ? { ...options, body: this.body.value } : options];
  }

  async send() {
    const begun = performance.now();
    this.button.setAttribute("aria-busy", "true");
    try {
      const [path, options] = this.request();
      const answer = await fetch(path, options);
      this.show(`${answer.status} ${answer.statusText}`.trim(), answer.ok, await answer.text(), performance.now() - begun);
    } catch {
      this.show("No answer", false, "The server does not answer, or a header cannot be sent as it is typed.", 0);
    }
    this.button.removeAttribute("aria-busy");
  }

  show(status, good, text, took) {
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {}
    const head = make("p", {}, make("b", { className: good ? "status status--good" : "status", textContent: status }), ` in ${Math.round(took)} ms`);
    this.answer.replaceChildren(head, ...(shown ? [make("pre", { textContent: shown })] : []));
    announce(`${this.dataset.method}: ${status}`);
  }
}

customElements.define("api-key", ApiKey);
customElements.define("api-trial", ApiTrial);
customElements.define("api-search", ApiSearch);

// #createDatabase leads to an operation: it is opened, and shown whatever was searched for.
const open = () => {
  const meant = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!meant?.matches(".operation")) return;
  if (meant.hidden) document.querySelector("api-search").clear();
  meant.open = true;
  meant.scrollIntoView();
};
addEventListener("hashchange", open);
open();
document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches?.(".operation")) history.replaceState(null, "", `#${target.id}`);
}, true);
