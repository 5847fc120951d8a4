// Small comforts. Every page works without this file.
(() => {
  const wide = matchMedia("(min-width: 62rem)");

  // Disclosures that stand open beside the text where there is room.
  const open = () => document.querySelectorAll("details[data-open-wide]").forEach((each) => { each.open = wide.matches; });
  if (wide.matches) open();
  wide.addEventListener("change", open);

  // Menus close with Escape and by a click elsewhere.
  const close = (except) => document.querySelectorAll("details.menu[open]").forEach((each) => { if (each !== except) each.open = false; });
  addEventListener("click", (event) => close(event.target.closest("details.menu")));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement.closest("details.menu[open]");
    close();
    if (menu) menu.querySelector("summary").focus();
  });

  // After a refused form, the summary of errors is read first.
  document.querySelector(".error-summary")?.focus();

  // A long form says so before its words are lost.
  let unsaved = false;
  document.querySelectorAll("form[data-unsaved]").forEach((form) => {
    form.addEventListener("input", () => { unsaved = true; });
    form.addEventListener("submit", () => { unsaved = false; });
  });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  // A password can be shown while it is typed.
  document.querySelectorAll(".password").forEach((box) => {
    const input = box.querySelector("input");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet";
    button.textContent = box.dataset.show;
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.textContent = shown ? box.dataset.show : box.dataset.hide;
    });
    input.form?.addEventListener("submit", () => { input.type = "password"; });
    box.append(button);
  });

  // The next lesson is one key away: the arrow that points onwards.
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, button, summary, [tabindex='0']")) return;
    const onwards = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = onwards === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const way = event.key === onwards ? "next" : event.key === back ? "previous" : null;
    if (way) document.querySelector(`[data-key="${way}"]`)?.click();
  });
})();
