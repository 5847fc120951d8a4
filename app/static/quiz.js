// Answers are sent as they are chosen, and kept in this browser until the line is back. The page
// has all questions of the attempt: the next one is shown without asking, and without a line.
// Without this file "Save and next" does the same, one question a page.
(() => {
  const form = document.querySelector("#answer");
  if (!form) return;
  const shelf = `quiz ${form.dataset.attempt}`;
  const kept = document.querySelector("#kept"), words = form.dataset;
  let here, last;  // the address of the question that is shown, and what the server said of it

  // Every question by its place: its fields, and what the server keeps of it: {given, revision, saved}.
  const known = (fields, revision, saved) => {
    const given = [...fields.querySelectorAll("[checked]")].map((one) => one.value);
    return { fields, given, revision: Number(revision), saved };
  };
  const questions = new Map([...document.querySelectorAll(".quiz > template")].map((one) => [
    Number(one.dataset.place), known(one.content.firstElementChild, one.dataset.revision, one.dataset.kept),
  ]));
  questions.set(Number(words.place), known(form.querySelector("fieldset"), form.revision.value, words.kept));
  const shown = () => questions.get(Number(words.place));
  const link = (place) => document.querySelectorAll(".places a")[place - 1];

  // What still has to be sent, by address: {given, revision, place, mine, conflict}. `mine` are answers that
  // were sent without hearing back: if one of them is what the server keeps, nobody else was there.
  const read = () => { try { return JSON.parse(localStorage.getItem(shelf)) || {}; } catch { return {}; } };
  const write = (queue) => {
    try {
      if (Object.keys(queue).length) localStorage.setItem(shelf, JSON.stringify(queue));
      else localStorage.removeItem(shelf);
    } catch { /* a browser that keeps nothing still sends */ }
  };
  const put = (url, entry) => { const queue = read(); if (entry) queue[url] = entry; else delete queue[url]; write(queue); };

  const inputs = () => [...form.querySelectorAll("[name=given]")];
  const chosen = () => inputs().filter((one) => one.checked).map((one) => one.value);
  const same = (one, other) => one.length === other.length && one.every((each) => other.includes(each));

  const say = (text, icon) => {
    const line = document.createElement("p");
    line.className = "saved";
    if (icon) line.append(document.querySelector(".places .icon-check").cloneNode(true));
    line.append(Object.assign(document.createElement("span"), { textContent: text }));
    kept.replaceChildren(line);
  };

  const body = (entry) => {
    const fields = new URLSearchParams({ revision: entry.revision });
    entry.given.forEach((one) => fields.append("given", one));
    return fields;
  };

  const post = (url, entry) => fetch(url, {
    method: "POST",
    body: body(entry),
    keepalive: true,
    credentials: "same-origin",
    headers: { Accept: "application/json", "X-CSRFToken": form.csrf_token.value },
  });

  // Sends one entry until it is kept or somebody has to look at it. The answer of the server, or why there is none.
  const send = async (url) => {
    const entry = read()[url];
    if (!entry || entry.conflict) return null;
    put(url, { ...entry, mine: [...entry.mine, entry.given] });
    let answer;
    try { answer = await post(url, entry); } catch { return "line"; }
    if (answer.status >= 500 || answer.status === 429) return "line";
    if (answer.status === 401 || answer.status === 400) return "sign-in";
    const told = await answer.json().catch(() => ({}));
    const now = read()[url] || entry;
    if (answer.ok) {
      const { given } = entry, saved = given.length ? told.saved : "";
      Object.assign(questions.get(Number(entry.place)), { given, revision: told.revision, saved });
      link(entry.place).dataset.state = saved ? "answered" : "open";
      if (same(now.given, entry.given)) put(url, null);
      else { put(url, { ...now, revision: told.revision, mine: [] }); return send(url); }
      return told;
    }
    if (answer.status === 409 && told.kept && entry.mine.some((one) => same(one, told.kept.given))) {
      put(url, { ...now, revision: told.kept.revision, mine: [] });
      return send(url);
    }
    if (told.handed_in) { put(url, null); return "over"; }
    put(url, { ...now, conflict: told.kept || {} });
    return "conflict";
  };

  // One at a time, in order; a change while sending is sent right after.
  let line = Promise.resolve();
  const later = (url) => (line = line.then(() => send(url)).catch(() => "line"));

  const tell = (told, url) => {
    if (told === null) return;
    if (told === "line") say(words.waiting);
    else if (told === "sign-in") say(words.signIn);
    else if (told === "over") say(words.over);
    else if (told === "conflict") say(url === here ? words.changed : words.elsewhere.replace("{place}", read()[url].place));
    else if (url === here) state();
  };

  const state = () => {
    const { saved } = shown();
    if (saved) say(words.saved.replace("{time}", saved), true);
    else say(words.open);
  };

  const keep = () => {
    const url = here, given = chosen(), before = read()[url];
    put(url, { given, revision: shown().revision, place: words.place, mine: before?.mine || [] });
    return later(url).then((told) => {
      tell(told, url);
      if (told?.next) last = { url, given, told };
      return told;
    });
  };

  const again = () => Object.keys(read()).forEach((url) => later(url).then((told) => tell(told, url)));

  // Shows another question; the address, the title and the other languages follow it.
  const turn = (place, push = true) => {
    const next = questions.get(place);
    shown().fields.replaceWith(next.fields);
    words.place = place;
    if (push) history.pushState(null, "", link(place).href);
    const heading = words.heading.replace("{place}", place);
    document.title = `${heading} · ${words.title}`;
    document.querySelector(".quiz-head .progress span").textContent = heading;
    const bar = document.querySelector(".quiz-head progress");
    bar.value = place;
    bar.setAttribute("aria-label", heading);
    document.querySelector(".places [aria-current]").removeAttribute("aria-current");
    link(place).setAttribute("aria-current", "step");
    const back = document.querySelector(".quiz-back");
    back.hidden = place === 1;
    back.textContent = words.back.replace("{place}", place - 1);
    if (place > 1) back.href = link(place - 1).href;
    document.querySelectorAll(".site-languages a").forEach((one) => { one.href = one.pathname.replace(/\d+$/, place); });
    open();
    scrollTo(0, 0);
    form.querySelector("legend").focus({ preventScroll: true });
  };
  addEventListener("popstate", () => turn(Number(location.pathname.match(/\d+$/)[0]), false));
  addEventListener("click", (event) => {
    const place = [...document.querySelectorAll(".places a")].findIndex((one) => one.href === event.target.closest(".places a, .quiz-back")?.href) + 1;
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (place !== Number(words.place)) turn(place);
  });
  // The second click of a double click would answer a question that nobody has read.
  addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("#answer [type=submit]")) event.preventDefault();
  });

  const submit = async (event) => {
    event.preventDefault();
    const sent = here;
    await line;
    if (sent !== here) return;
    const told = last?.url === here && same(last.given, chosen()) && !read()[here] ? last.told : await keep();
    if (sent !== here) return;
    const next = Number(words.place) + 1;
    if (told === null || told === "conflict") {  // kept already, or for the server to say
      put(here, null);
      form.revision.value = shown().revision;
      form.submit();
    } else if (questions.has(next) && (told.next || told === "line")) turn(next);
    else if (told.next) location.assign(told.next);
  };

  // What waited here from an earlier visit: show it, and send it unless somebody else was quicker.
  const recall = () => {
    const waiting = read()[here];
    if (!waiting) return;
    const { revision, given } = shown();
    if (same(waiting.given, given)) { put(here, null); return; }
    inputs().forEach((one) => { one.checked = waiting.given.includes(one.value); });
    const free = revision === waiting.revision || waiting.mine.some((one) => same(one, given));
    if (free && !waiting.conflict) { put(here, { ...waiting, revision }); say(words.waiting); return; }
    Object.assign(shown(), { ...waiting.conflict, revision: Math.max(revision, waiting.conflict?.revision || 0) });
    put(here, null);
    say(words.changed);
  };

  const open = () => {
    here = location.pathname;
    last = null;
    state();
    recall();
  };

  form.addEventListener("change", keep);
  form.addEventListener("submit", submit);
  open();
  again();
  addEventListener("online", again);
  setInterval(again, 10_000);
})();
