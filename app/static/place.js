// Tells the house which lesson is open, so that it opens there on another device too.
(() => {
  const form = document.querySelector("form[data-place]");
  if (!form) return;
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  fetch(form.dataset.place, { method: "POST", body, keepalive: true }).catch(() => {});
})();
