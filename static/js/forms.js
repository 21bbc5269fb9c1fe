// A sent form says that it works on it, and cannot be sent twice. Coming back to the page brings the button back.
document.addEventListener("submit", ({ target, submitter }) => {
  if (target.method !== "post" || !submitter?.dataset.busy) return;
  const button = submitter;
  button.dataset.idle = button.textContent;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-busy", "true");
  setTimeout(() => (button.disabled = true)); // after the browser has read the form
});

addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-idle]")) {
    button.textContent = button.dataset.idle;
    button.disabled = false;
    button.removeAttribute("aria-busy");
    delete button.dataset.idle;
  }
});

// The list of mistakes is read first.
document.querySelector(".summary")?.focus();
