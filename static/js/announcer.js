// What changed without a new page, for those who listen: counts after a search, "Copied", trouble with the server.
const say = (words) => (document.getElementById("announcer").textContent = words);

document.addEventListener("announce", ({ detail }) => say(detail));
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const news = document.getElementById(detail.ctx.target?.id)?.dataset.announce;
  if (news && detail.ctx.sourceEvent?.type !== "look-again") say(news);
});

const trouble = (words) => {
  const note = document.getElementById("trouble");
  note.textContent = words;
  note.hidden = !words;
};
document.addEventListener("htmx:error", () => trouble("The server does not answer. Check your connection and try again."));
document.addEventListener("htmx:before:response", ({ detail }) => {
  trouble(detail.ctx.response.status >= 500 ? "That did not work: the trouble is on our side. Try again in a minute." : "");
});
