// Answers are sent as they are chosen, and kept in this browser until the line is back. What is
// sent brings the next question along, so that it is shown without asking for a page.
// Without this file "Save and next" does the same, one question at a time.
(() => {
  let form = document.querySelector("#answer");
  if (!form) return;
  const shelf = `quiz ${form.dataset.attempt}`;
  let place, words, here, last;  // of the question that is shown; `last` is what the server said of it

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
    place.replaceChildren(line);
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
      if (url === here) form.revision.value = told.revision;
      if (same(now.given, entry.given)) put(url, null);
      else { put(url, { ...now, revision: told.revision, mine: [] }); return send(url); }
      return told;
    }
    if (answer.status === 409 && told.kept && entry.mine.some((one) => same(one, told.kept.given))) {
      put(url, { ...now, revision: told.kept.revision, mine: [] });
      return send(url);
    }
    if (told.handed_in) { put(url, null); return "over"; }
    put(url, { ...now, conflict: true });
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
    else if (url === here) {
      if (told.saved && chosen().length) say(words.saved.replace("{time}", told.saved), true);
      else say(words.open);
      const link = document.querySelector(".places [aria-current]");
      if (link) link.dataset.state = chosen().length ? "answered" : "open";
    }
  };

  const keep = () => {
    const url = here, given = chosen(), before = read()[url];
    put(url, { given, revision: Number(form.revision.value), place: words.place, mine: before?.mine || [] });
    return later(url).then((told) => {
      tell(told, url);
      if (told?.next) last = { url, given, told };
      return told;
    });
  };

  const again = () => Object.keys(read()).forEach((url) => later(url).then((told) => tell(told, url)));

  // Shows the question that came with the answer; the address and the other languages follow it.
  const turn = (told) => {
    document.querySelector(".quiz").innerHTML = told.page;
    history.pushState(null, "", told.next);
    const number = told.next.match(/\d+$/)[0];
    document.querySelectorAll(".site-languages a").forEach((one) => { one.href = one.pathname.replace(/\d+$/, number); });
    open();
    document.title = words.title;
    scrollTo(0, 0);
    form.querySelector("legend").focus({ preventScroll: true });
  };
  addEventListener("popstate", () => location.reload());
  // The second click of a double click would answer a question that nobody has read.
  addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("#answer [type=submit]")) event.preventDefault();
  });

  const submit = async (event) => {
    event.preventDefault();
    const sent = form;
    await line;
    if (sent !== form) return;
    const known = last?.url === here && same(last.given, chosen()) && !read()[here];
    const told = known ? last.told : await keep();
    if (sent !== form) return;
    if (told?.page) turn(told);
    else if (told?.next) location.assign(told.next);
    else if (told === null || told === "conflict") { put(here, null); form.submit(); }  // kept already, or for the server to say
  };

  // What waited here from an earlier visit: show it, and send it unless somebody else was quicker.
  const recall = () => {
    const waiting = read()[here];
    if (waiting) {
      const kept = chosen();
      const revision = Number(form.revision.value);
      const free = revision === waiting.revision || waiting.mine.some((one) => same(one, kept));
      if (same(waiting.given, kept)) put(here, null);
      else {
        inputs().forEach((one) => { one.checked = waiting.given.includes(one.value); });
        if (free && !waiting.conflict) put(here, { ...waiting, revision });
        else { put(here, null); say(words.changed); }
      }
    }
  };

  const open = () => {
    form = document.querySelector("#answer");
    place = document.querySelector("#kept");
    words = form.dataset;
    here = location.pathname;
    last = null;
    form.addEventListener("change", keep);
    form.addEventListener("submit", submit);
    recall();
  };

  open();
  again();
  addEventListener("online", again);
  setInterval(again, 10_000);
})();
