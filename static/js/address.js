// What was made is shown once, by the answer to a form. Loading that page again must not send the form again: it leads
// to the address of what was made. Without JavaScript the browser asks before it sends a form twice.
const address = document.querySelector('meta[name="address"]')?.content;
if (address) history.replaceState(null, "", address);
