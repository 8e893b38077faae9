// The assessing screen works out what the answers amount to while they are typed. The server does
// the arithmetic (the same request as the button "Work out"); without this file the button does.
"use strict";
window.addEventListener("load", () => {
  const answer = document.getElementById("reckoning-answer");
  const button = document.querySelector("input[name=_weigh]");
  if (!answer || !button) return;
  const form = button.form;
  const PAUSE = 500; // milliseconds after the last key
  let waiting = 0;
  let asking = null;

  const ask = async () => {
    if (asking) asking.abort();
    asking = new AbortController();
    const typed = new FormData(form);
    typed.set(button.name, "1");
    const opened = answer.querySelector("details");
    const folded = opened !== null && !opened.open;
    try {
      const reply = await fetch(location.href, {
        method: "POST", body: typed, signal: asking.signal, headers: { Accept: "text/html" },
      });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const fresh = page.getElementById("reckoning-answer");
      if (!reply.ok || !fresh) throw new Error("no answer");
      answer.replaceChildren(...fresh.childNodes);
      const details = answer.querySelector("details");
      if (details && folded) details.open = false;
    } catch (error) {
      if (error.name !== "AbortError") {
        answer.textContent = "It could not be worked out just now. What you typed is still here.";
      }
    }
  };
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => { // saved or submitted: there is nothing more to ask
    clearTimeout(waiting);
    if (asking) asking.abort();
  });
  button.addEventListener("click", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    ask();
  });
  if (form.querySelector("[name$='-value'] option[value]:not([value='']):checked")) later();
});
