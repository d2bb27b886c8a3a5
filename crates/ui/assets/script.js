// What forms and links cannot do: copying, searching in lists, rows that arrive by themselves, local time.
// Everything here adds to a page that works without it.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

document.documentElement.classList.add("with-script");

/** Says something to those who listen to the page instead of looking at it. */
function say(sentence) {
  const place = document.getElementById("said");
  if (place) place.textContent = sentence;
}

/** Instants are shown in UTC; the reader's own time is told on hover. */
function tellLocalTime(root) {
  for (const time of all("time[datetime]", root)) {
    const instant = new Date(time.dateTime);
    if (!Number.isNaN(instant.getTime())) {
      time.title = instant.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
    }
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = source.value ?? source.textContent;
  // Pressed again, it still knows what it is called when nothing was copied lately.
  button.dataset.called ??= button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    say("Copied");
  } catch {
    // Browsers refuse the clipboard to pages without TLS: then the text is selected for the reader's own keys.
    if (source.select) source.select(); else getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => { button.textContent = button.dataset.called; }, 2000);
}

/** A field that hides what does not hold its words; groups with nothing left are hidden too. */
function searchList(field) {
  const list = document.getElementById(field.dataset.search);
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const item of all("[data-find]", list)) {
    const fits = words.every((word) => item.dataset.find.toLowerCase().includes(word));
    item.hidden = !fits;
    found += fits ? 1 : 0;
  }
  for (const group of all("[data-group]", list)) {
    group.hidden = all("[data-find]", group).every((item) => item.hidden);
  }
  const none = list.querySelector("[data-none]");
  if (none) none.hidden = found > 0;
  say(`${found} found`);
}

/** How many boxes of a list are ticked, where somebody wants to know. */
function countTicked(list) {
  const place = document.querySelector(`[data-ticked="${list.id}"]`);
  if (!place) return;
  const ticked = all("input[type=checkbox]:checked", list).length;
  place.textContent = ticked === 0 ? place.dataset.noneTicked : `${ticked} selected`;
}

/** Puts a part in the place of the one that it replaces: folds stay as the reader left them, and so does the focus. */
function keepAsItWas(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  for (const fold of all("details[id]", part)) {
    const same = fresh.querySelector(`#${CSS.escape(fold.id)}`);
    if (same) same.open = fold.open;
  }
  part.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
  if (fresh.dataset.said !== part.dataset.said) say(fresh.dataset.said);
}

/** Whoever is not signed in any more is led to the sign-in instead of an answer. */
function isLedAway(answer) {
  return answer.type === "opaqueredirect";
}

/** A part of the page that is fetched again until it says that it is done. */
function refresh(part) {
  const wait = Number(part.dataset.refresh) || 1000;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "manual" });
      if (isLedAway(answer)) {
        location.reload();
        return;
      }
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(part.id);
        if (fresh) {
          // What stands elsewhere on the page and belongs to it.
          const also = part.dataset.also && page.getElementById(part.dataset.also);
          if (also) document.getElementById(also.id).replaceWith(also);
          keepAsItWas(part, fresh);
          attach(fresh);
          if (fresh.matches("[data-refresh]")) refresh(fresh);
          return;
        }
      }
    } catch {
      say("The server does not answer; trying again");
    }
    if (part.isConnected) refresh(part);
  }, wait);
}

/** A button whose answer belongs into one part of the page: its form is sent, and only that part is replaced. */
async function answerInto(button) {
  const part = document.getElementById(button.dataset.part);
  const body = new URLSearchParams(new FormData(button.form, button));
  button.disabled = true;
  part.textContent = "Asking …";
  say("Asking");
  try {
    // A button without a way of its own says where the page is, not where its form leads.
    const to = button.hasAttribute("formaction") ? button.formAction : button.form.action;
    const answer = await fetch(to, { method: "POST", body, redirect: "manual" });
    if (isLedAway(answer)) {
      part.textContent = "You are not signed in any more. Load the page again to sign in.";
    } else {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id) ?? page.querySelector("main");
      part.replaceChildren(...fresh.childNodes);
      attach(part);
    }
  } catch {
    part.textContent = "The server does not answer. Try again.";
  }
  say(part.textContent.trim().replace(/\s+/g, " "));
  button.disabled = false;
}

/** A field that is judged while it is typed, as soon as the typing pauses. */
function judge(field) {
  const verdict = document.getElementById(field.dataset.verdict);
  let pause = 0;
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(async () => {
      const value = field.value.trim();
      // A password in it is none of an address's business: proxies write addresses down.
      const told = value.replace(/^(\w+:\/\/)[^/?#]*@/, "$1");
      const question = new URLSearchParams({ [field.name]: told });
      try {
        const answer = value && await fetch(`${field.dataset.judge}?${question}`, { redirect: "error" });
        if (field.value.trim() === value) verdict.textContent = answer?.ok ? await answer.text() : "";
      } catch {
        verdict.textContent = "";
      }
    }, 300);
  });
}

/** Rows that come by server-sent events: new ones on top, changed ones in their place; the page keeps so many. */
function follow(status) {
  const rows = document.getElementById(status.dataset.live);
  const tell = (word, tone) => {
    status.textContent = `Live: ${word}`;
    status.className = `badge ${tone}`;
  };
  const put = (row) => {
    const known = rows.querySelector(`[data-row="${CSS.escape(row.dataset.row)}"]`);
    if (known?.dataset.mark === row.dataset.mark) return;
    tellLocalTime(row);
    row.classList.add("fresh");
    if (known) known.replaceWith(row); else rows.prepend(row);
    for (const none of all(`[data-until="${rows.id}"]`)) none.hidden = true;
    while (rows.children.length > 200) rows.lastElementChild.remove();
  };
  let events = null;
  const start = () => {
    events = new EventSource(status.dataset.from);
    events.addEventListener("open", () => tell("connected", "good"));
    events.addEventListener("error", () => {
      tell("interrupted, trying again", "warn");
      // A refusal ends it for the browser; the place that was taken may be free in a while.
      if (events.readyState === EventSource.CLOSED) setTimeout(start, 10000);
    });
    events.addEventListener("row", (event) => {
      const holder = document.createElement("template");
      holder.innerHTML = event.data;
      for (const row of [...holder.content.children]) put(row);
    });
  };
  addEventListener("pagehide", () => events.close());
  start();
}

/** A part that the server draws while something goes on, which stops when nobody has the page open any more. */
function draw(part) {
  const events = new EventSource(part.dataset.drawn);
  const put = (event) => {
    const holder = document.createElement("template");
    holder.innerHTML = event.data;
    const before = part.querySelector("[data-said]")?.textContent;
    part.replaceChildren(holder.content);
    const now = part.querySelector("[data-said]")?.textContent;
    if (now && now !== before) say(now);
  };
  events.addEventListener("draw", put);
  events.addEventListener("end", (event) => {
    events.close();
    put(event);
    document.getElementById(part.dataset.until)?.remove();
  });
  addEventListener("pagehide", () => events.close());
}

function attach(root) {
  tellLocalTime(root);
  for (const button of all("[data-copy]", root)) button.addEventListener("click", () => copy(button));
  for (const field of all("[data-search]", root)) {
    field.addEventListener("input", () => searchList(field));
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }
  for (const field of all("[data-judge]", root)) judge(field);
  for (const button of all("[data-part]", root)) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      answerInto(button);
    });
  }
  for (const list of all("[data-choices]", root)) {
    list.addEventListener("change", () => countTicked(list));
    countTicked(list);
  }
  for (const button of all("[data-clear]", root)) {
    button.addEventListener("click", () => {
      const list = document.getElementById(button.dataset.clear);
      for (const box of all("input[type=checkbox]", list)) box.checked = false;
      countTicked(list);
    });
  }
  for (const picker of all("[data-fills]", root)) {
    picker.addEventListener("change", async () => {
      if (picker.files[0]) document.getElementById(picker.dataset.fills).value = await picker.files[0].text();
    });
  }
  for (const status of all("[data-live]", root)) follow(status);
}

/** A form is not sent twice by a double click; again it may be after a while, in case no answer came. */
const sent = new Set();
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
  setTimeout(() => sent.delete(form), 3000);
});
addEventListener("pageshow", () => sent.clear());

/** Menus close when somebody goes elsewhere; after Escape one is where it was opened. */
function closeMenus(stays) {
  for (const menu of all("details:is(.menu, .pick)[open]")) {
    if (!menu.contains(stays)) menu.open = false;
  }
}
addEventListener("click", (event) => closeMenus(event.target));
addEventListener("focusin", (event) => closeMenus(event.target));
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details:is(.menu, .pick)[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

attach(document);
for (const part of all("[data-refresh]")) refresh(part);
for (const part of all("[data-drawn]")) draw(part);
for (const form of all("form[data-at-once]")) form.requestSubmit();
