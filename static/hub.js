/* What the pages do beyond links and forms (docs/components.md). Everything works without it; nothing is built from text
   that came from outside (no innerHTML). */
"use strict";
// Here and not in a meta element, so that it is sent once; htmx starts later.
if (window.htmx) Object.assign(htmx.config, { allowEval: false, selfRequestsOnly: true, includeIndicatorStyles: false,
  historyCacheSize: 0, refreshOnHistoryMiss: true, defaultSwapStyle: "outerHTML", scrollIntoViewOnBoost: false, timeout: 20000 });
(() => {
  const root = document.documentElement;
  const one = (what, from = document) => from.querySelector(what);
  const all = (what, from = document) => [...from.querySelectorAll(what)];
  const make = (tag, given = {}, ...inner) => {
    const made = Object.assign(document.createElement(tag), given);
    made.append(...inner);
    return made;
  };
  const later = (ms, does) => { let timer; return (...a) => { clearTimeout(timer); timer = setTimeout(does, ms, ...a); }; };
  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const go = (url) => { if (/^[/?](?![/\\])/.test(url)) location.assign(url); };
  const size = (n) => n < 1e6 ? `${Math.max(1, Math.round(n / 1e3))} KB` : `${(n / 1e6).toFixed(1)} MB`;
  const typing = (el) => el.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const stored = { get: (k) => { try { return JSON.parse(localStorage.getItem(k)); } catch { return null; } },
    put: (k, v) => { try { localStorage.setItem(k, JSON.stringify(v)); return true; } catch { return false; } },
    drop: (k) => { try { localStorage.removeItem(k); } catch { /* there is no store */ } } };

  // A toast repeats what the page says, or tells of something that has no page
  const fade = (toast) => { if (!one("form, a", toast)) setTimeout(() => toast.remove(), 8000); };
  const say = (words, kind = "bad", ...more) => {
    const close = make("button", { type: "button", className: "btn btn-quiet", textContent: "Close" });
    close.dataset.close = "";
    const toast = make("div", { className: `toast toast-${kind}` }, make("p", {}, words, ...more), close);
    toast.dataset.toast = "";
    one("#toasts")?.append(toast);
    fade(toast);
    return toast;
  };

  // The session: a warning before it ends, and a sign-in in place that leaves this page's text alone
  let signIn = null, sessionTimer;
  const read = async (url, given) => new DOMParser().parseFromString(await (await fetch(url, given)).text(), "text/html");
  const askToSignIn = (words) => {
    if (signIn?.isConnected) return;
    const link = make("a", { href: root.dataset.signIn, target: "_blank", textContent: "Sign in here", onclick: signInHere });
    signIn = say(`${words} `, "warn", link, ". What you wrote stays.");
  };
  const watchSession = () => {
    clearTimeout(sessionTimer);
    const left = Number(root.dataset.sessionEnds);
    if (left) sessionTimer = setTimeout(askToSignIn, Math.min(2e9, Math.max(0, left - 120) * 1000), "Your session is about to end.");
  };
  // Whether the same person is signed in on the page that was read: then this one goes on with its token
  const renewed = ({ documentElement: { dataset }, body }) => {
    if (dataset.person !== root.dataset.person) return false;
    document.body.setAttribute("hx-headers", body.getAttribute("hx-headers"));
    all("[name=csrf_token]").forEach((field) => { field.value = token(); });
    root.dataset.sessionEnds = dataset.sessionEnds;
    signIn.remove();
    watchSession();
    if (document.activeElement === document.body) one("[data-composer] [data-body]")?.focus();
    dispatchEvent(new Event("online"));  // what was kept on the device meanwhile is saved now
    return true;
  };
  const signInHere = async (e) => {
    e.preventDefault();
    let page = await read(root.dataset.signIn);
    if (renewed(page)) return;
    const dialog = make("dialog", { className: "keys", ariaLabel: "Sign in" });
    dialog.onclose = () => dialog.remove();
    const draw = () => {
      const form = one("form.door", page);
      if (!form) return go("/");  // somebody else is signed in meanwhile
      all("a", form).forEach((link) => { link.target = "_blank"; });
      form.onsubmit = async (sent) => {
        sent.preventDefault();
        page = await read(form.action, { method: "POST", body: new FormData(form) });
        if (page.documentElement.dataset.person === root.dataset.person) { dialog.close(); renewed(page); } else draw();
      };
      dialog.replaceChildren(make("h2", { textContent: "Sign in" }), ...all("#refused", page), form,
        make("form", { method: "dialog" }, make("button", { className: "btn btn-quiet", textContent: "Not now" })));
      one("[type=email]", form).focus();
    };
    document.body.prepend(dialog);  // before fields of the page with the same ids, so that its labels find its own
    dialog.showModal();
    draw();
  };
  const connection = () => { const bar = one("#offline"); if (bar) bar.hidden = navigator.onLine; };
  addEventListener("online", connection);
  addEventListener("offline", connection);

  // A list of choices under an input, in which the focus stays
  const listbox = (input, list, choose, close) => {
    const options = () => all("[role=option]", list());
    const mark = (to) => {
      options().forEach((o) => o.setAttribute("aria-selected", o === to));
      if (to) { input.setAttribute("aria-activedescendant", to.id); to.scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
    };
    input.addEventListener("keydown", (e) => {
      const found = list()?.offsetParent ? options() : [];
      if (!found.length || e.isComposing) return;
      const at = found.findIndex((o) => o.ariaSelected === "true");
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        const next = e.key === "ArrowDown" ? at + 1 : at < 0 ? found.length - 1 : at - 1;
        mark(found[next]);
      } else if ((e.key === "Enter" || (e.key === "Tab" && input.tagName === "TEXTAREA")) && at >= 0) choose(found[at]);
      else if (e.key === "Escape") { mark(null); close(); } else return;
      e.preventDefault();
    });
    return mark;
  };
  const find = one("[data-find]"), query = find && one("#q", find);
  // Searches made on this device; the server does not know them
  const searches = `searches:${root.dataset.person || ""}`;
  const remember = (words) => { if (words) stored.put(searches, [words, ...(stored.get(searches) || []).filter((w) => w !== words)].slice(0, 8)); };
  const recent = () => {
    const words = stored.get(searches) || [], option = (text, at) => make("div", { role: "option", id: `recent-${at}` }, make("span", { textContent: text }));
    const options = [...words, "Forget these"].map(option);
    words.forEach((text, at) => { options[at].dataset.url = `${find.getAttribute("action")}?q=${encodeURIComponent(text)}`; });
    const group = make("div", { role: "group", ariaLabel: "You searched for" }, make("p", { className: "suggestions-title", textContent: "You searched for", ariaHidden: "true" }), ...options);
    one("#suggestions").replaceChildren(...(words.length ? [group] : []));
  };
  const choose = (option) => { if (option.dataset.url) return go(option.dataset.url); stored.drop(searches); refreshFind(); };
  const openFind = (open) => { find.classList.toggle("open", open); query.setAttribute("aria-expanded", open); if (!open) query.removeAttribute("aria-activedescendant"); };
  let asked = false;  // the command menu stands there instead of the recent searches
  let closed = false; // by Escape: an answer that is still on its way opens nothing
  const refreshFind = () => { if (!query.value.trim() && !asked) recent(); openFind(!closed && document.activeElement === query && one("#suggestions").childElementCount > 0); };
  if (find) {
    listbox(query, () => one("#suggestions"), choose, () => { closed = true; openFind(false); });
    query.addEventListener("input", () => { closed = false; });
    query.addEventListener("focus", () => { closed = false; refreshFind(); });
    query.addEventListener("input", () => { asked = false; if (!query.value.trim()) refreshFind(); });
    query.addEventListener("blur", () => { asked = false; setTimeout(openFind, 150, false); });
    find.addEventListener("mousedown", (e) => { if (e.target.closest("[role=option]")) e.preventDefault(); });
    find.addEventListener("click", (e) => { const option = e.target.closest("[role=option]"); if (option) choose(option); });
  }

  const keys = () => {
    const list = make("dl");
    const entries = [["/", "Search"], ["Ctrl K", "Search, or choose what to do"], ["?", "These keys"], ["j  k", "Next, previous item"],
      ...all("[data-key]").map((a) => [a.dataset.key, a.labels?.[0]?.textContent || one("span", a)?.textContent || a.textContent]),
      ...(one("[data-desk]") ? [["o", "Open the case"], ["c", "Claim it and open it"], ["x", "Select it"]] : [])];
    entries.forEach(([key, words]) => list.append(make("dt", {}, make("kbd", { textContent: key })), make("dd", { textContent: words })));
    const dialog = make("dialog", { className: "keys", ariaLabel: "Keys" }, make("h2", { textContent: "Keys" }), list,
      make("form", { method: "dialog" }, make("button", { className: "btn btn-secondary", textContent: "Close" })));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };
  let before = "";
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k" && query) {
      e.preventDefault();
      query.focus();
      query.select();
      if (!query.value.trim()) { asked = true; closed = false; htmx.ajax("GET", `${query.getAttribute("hx-get")}?commands=1`, { target: "#suggestions", swap: "outerHTML" }); }
      return;
    }
    if (e.key === "Escape") all("details[data-menu][open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || root.dataset.keys === "off" || one("dialog[open]")) return;
    const pressed = before ? `${before} ${e.key}` : e.key;
    before = "";
    const link = all("[data-key]").find((a) => a.dataset.key === pressed);
    const desk = e.target.closest?.("[data-desk] .desk-row") || one("[data-desk] .desk-row");
    if (link) { if (typing(link)) link.focus(); else { link.click(); one("input", link)?.focus(); } }
    else if (desk && pressed === "o") one(".item-title a", desk).click();
    else if (desk && pressed === "c") (one("[data-claim]", desk) || one(".item-title a", desk)).click();
    else if (desk && pressed === "x") one("input[type=checkbox]", desk)?.click();
    else if (pressed === "/" && query) query.focus();
    else if (pressed === "?") keys();
    else if (pressed === "j" || pressed === "k") {
      const titles = all(".item-title a, .hit-title a"), at = titles.indexOf(document.activeElement);
      titles[pressed === "j" ? at + 1 : Math.max(0, at - 1)]?.focus();
    } else { if (pressed === "g") { before = "g"; setTimeout(() => { before = ""; }, 1200); } return; }
    e.preventDefault();
  });
  // A choice's words never replace somebody's own
  document.addEventListener("change", (e) => {
    const choice = e.target.closest("[data-words]"), form = e.target.form, field = choice && one("textarea[name=reason]", form);
    const known = all("[data-words]", form || document).map((c) => c.dataset.words);
    if (field && (!field.value.trim() || known.includes(field.value))) field.value = choice.dataset.words;
  });
  document.addEventListener("click", (e) => {
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(e.target)) menu.open = false; });
    if (e.target.closest("[data-show-keys]")) { e.preventDefault(); keys(); }
    const close = e.target.closest("[data-close]"), toast = close?.closest("[data-toast]"), box = close?.closest("details");
    if (toast) toast.remove(); else if (box) { box.open = false; one("summary", box).focus(); }
  });

  // One file on its way. `done` gets the server's JSON; `over` is called at the end of every try, with whether it succeeded.
  const send = (url, fields, file, list, done, over = () => {}) => {
    const bar = make("progress", { max: 100, value: 0, ariaLabel: file.name }), note = make("small", { textContent: size(file.size) });
    const act = make("button", { type: "button", className: "btn btn-quiet" }), acts = make("div", { className: "row-acts" }, act);
    const row = make("li", {}, make("span", { textContent: file.name }), bar, note, acts), { limit, most } = list.dataset;
    list.append(row);
    const tooLarge = `This file is too large${limit ? `: up to ${limit} each` : ""}.`, never = file.size > most;
    const start = () => {
      const request = new XMLHttpRequest(), data = new FormData(), began = Date.now();
      fields().forEach(([name, value]) => data.append(name, value));
      data.append(list.dataset.name || "files", file);
      const failed = (words) => { note.textContent = words; note.className = "failed"; bar.value = 0; act.textContent = never ? "Remove" : "Try again"; act.onclick = () => { if (never) return row.remove(); over(null); start(); }; over(false); };
      if (never) return failed(`${tooLarge} It was not sent.`);
      request.upload.onprogress = (e) => {
        const share = e.loaded / e.total, left = Math.round((Date.now() - began) / 1000 * (1 - share) / share);
        bar.value = share * 100;
        note.textContent = share < 1 ? `${Math.round(share * 100)} per cent of ${size(file.size)}${left > 2 ? `, ${left} s left` : ""}` : "Checking";
      };
      request.onload = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* an error page, not JSON */ }
        if (request.status === 401) askToSignIn("You are signed out.");
        if (request.status >= 300) return failed(answer.error || (request.status === 413 ? tooLarge : "The hub did not take this file."));
        bar.value = 100;
        note.textContent = answer.state || "Uploaded";
        act.textContent = "Remove";
        act.onclick = () => row.remove();
        done(answer, row);
        over(true);
      };
      request.onerror = () => failed("The connection was lost.");
      request.onabort = () => { row.remove(); over(false); };
      note.className = "";
      act.textContent = "Cancel";
      act.onclick = () => request.abort();
      request.open("POST", url);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", token());
      request.send(data);
    };
    start();
  };
  const plain = (form) => [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const droppable = (zone, shown, take) => {
    const has = (e) => [...(e.dataTransfer?.types || [])].includes("Files");
    zone.addEventListener("dragover", (e) => { if (has(e)) { e.preventDefault(); shown.classList.add("dropping"); } });
    zone.addEventListener("dragleave", (e) => { if (!zone.contains(e.relatedTarget)) shown.classList.remove("dropping"); });
    zone.addEventListener("drop", (e) => { if (has(e)) { e.preventDefault(); shown.classList.remove("dropping"); take([...e.dataTransfer.files]); } });
  };
  const upload = (form) => {
    const input = one("input[type=file]", form), list = one("[data-list]", form), said = one("[data-said]", form);
    let under = 0, arrived = 0, asked = [];
    list.dataset.name = input.name;
    // What has arrived is shown when nothing is under way any more; null begins another try
    const over = (well) => {
      under += well === null ? 1 : -1;
      arrived += well ? 1 : 0;
      if (!under && asked.length) question();
      if (under || !arrived || !form.dataset.refresh) return;
      arrived = 0;
      // The page may be the answer to a refused form, whose address cannot be asked for
      htmx.ajax("GET", one(`#${form.dataset.refresh}`)?.dataset.url || location.href, { target: `#${form.dataset.refresh}`, swap: "outerHTML" });
    };
    // One question about all files that the policy has something to say about; they are kept meanwhile
    const question = () => {
      const values = new FormData();
      plain(form).forEach(([name, value]) => values.append(name, value));
      asked.forEach((id) => values.append("attached", id));
      htmx.ajax("POST", form.action, { values, target: "#before", swap: "outerHTML" });
      said.textContent = `${asked.length === 1 ? "A file waits" : `${asked.length} files wait`} for a word from you. The question stands below.`;
    };
    const take = (files) => files.forEach((file) => {
      under += 1;
      send(form.action, () => plain(form), file, list, (answer, row) => {
        one("button", row).textContent = "Hide";
        if (answer.asked) { asked.push(...answer.asked); arrived -= 1; } else said.textContent = `${file.name} is uploaded.`;
      }, over);
    });
    input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
    droppable(form, form, take);
  };

  // A hint's places are those of the words as they were when they were looked at
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-mask], [data-narrow]"), fields = button?.form?.elements;
    if (!fields) return;
    if ("narrow" in button.dataset) {
      all("details", button.form).forEach((box) => { if (box.contains(fields.reason) || box.contains(fields.audience)) box.open = true; });
      return fields.audience?.focus();
    }
    const lengths = JSON.parse(button.dataset.of);
    const masked = Object.entries(JSON.parse(button.dataset.mask)).map(([name, spots]) => {
      const field = fields[name], letters = [...field.value];
      if (letters.length !== lengths[name]) return [field];  // written on since: look again first
      spots.sort((a, b) => b[0] - a[0]).forEach(([from, to, words]) => letters.splice(from, to - from, words));
      field.value = letters.join("");
      return [field, spots.at(-1)];
    });
    masked.forEach(([field]) => field.dispatchEvent(new Event("input", { bubbles: true })));
    const [field, spot] = masked.at(-1) || [];
    if (!spot) return;
    const start = [...field.value].slice(0, spot[0]).join("").length;
    field.focus();
    field.setSelectionRange(start, start + spot[2].length);
  });

  const marks = { bold: ["**", "**"], italic: ["*", "*"], code: ["`", "`"], link: ["[", "](https://)"], list: ["- "], quote: ["> "] };
  const composer = (form) => {
    const body = one("[data-body]", form), state = one("[data-save-state]", form), offer = one("[data-restore]", form);
    const list = one("[data-list]", form), tools = one("[data-tools]", form), files = one("input[type=file][name=files]", form);
    const key = `kept:${root.dataset.person}:${form.id}:${form.getAttribute("action")}`;
    const changed = () => body.dispatchEvent(new Event("input", { bubbles: true }));
    // A file's link stands where the caret is, or at the end where nobody has been in the text yet
    let been = false;
    body.addEventListener("focus", () => { been = true; });
    const insert = (words) => {
      const end = body.value.trimEnd(), at = been ? body.selectionStart : body.value.length;
      body.setRangeText(been ? words : `${end ? "\n\n" : ""}${words}`, been ? at : end.length, been ? body.selectionEnd : at, "end");
      changed();
    };
    const tell = (words, kept) => { state.textContent = words; state.classList.toggle("kept", kept); };
    const content = () => plain(form).filter(([name]) => name !== "csrf_token");

    let saving = false, again = false;
    const keep = () => stored.put(key, { at: Date.now(), fields: content() });
    const save = async () => {
      if (saving) { again = true; return; }
      saving = true;
      const kept = keep();
      let trouble = "Not saved";
      try {
        if (!form.dataset.draft) throw new Error("no drafts here");
        const data = new URLSearchParams(plain(form));
        const answer = await fetch(form.dataset.draft, { method: "POST", body: data, headers: { "Accept": "application/json", "X-CSRFToken": token() } });
        if (answer.status === 401) askToSignIn("You are signed out.");
        if (answer.status === 400) askToSignIn("You may be signed out.");
        const told = await answer.json();
        if (!answer.ok || answer.redirected) { trouble = told.error || trouble; throw new Error(trouble); }
        Object.entries(told.fields || {}).forEach(([name, value]) => {
          if (!form.elements[name]) form.append(make("input", { type: "hidden", name }));
          form.elements[name].value = value;
        });
        tell(told.saved ? `Saved ${told.saved}` : "", false);
        watchSession();
      } catch { tell(kept ? `${trouble}, keeping a copy on this device` : `${trouble}. Copy your text before you leave this page`, true); }
      saving = false;
      if (again) { again = false; save(); }
    };
    const soon = later(2000, save), keepSoon = later(300, keep);
    form.addEventListener("input", (e) => { if (e.target.name && e.target.type !== "file") { keepSoon(); soon(); } });
    form.addEventListener("submit", () => { keep(); try { sessionStorage.setItem("sent", key); } catch { /* kept anyway */ } });
    form.addEventListener("htmx:afterRequest", (e) => { if (e.detail.elt === form && e.detail.successful) stored.drop(key); });
    addEventListener("online", () => { if (state.classList.contains("kept")) save(); });

    const copy = stored.get(key), copied = copy && Object.fromEntries(copy.fields);
    if (copied?.body?.trim() && copied.body !== body.value) {
      one("p", offer).textContent = `A text of ${new Date(copy.at).toLocaleString("en-GB", { weekday: "long", hour: "2-digit", minute: "2-digit" })} is kept on this device.`;
      offer.hidden = false;
      one("[data-restore-yes]", form).onclick = () => {
        copy.fields.forEach(([name, value]) => { const field = form.elements[name]; if (field?.type !== "hidden" && "value" in (field || {})) field.value = value; });
        offer.hidden = true;
        body.focus();
        changed();
      };
      one("[data-restore-no]", form).onclick = () => { stored.drop(key); offer.hidden = true; body.focus(); };
    }

    const mark = (name) => {
      const [open, close] = marks[name], { selectionStart: from, selectionEnd: to, value } = body;
      body.focus();
      if (close) {
        body.setRangeText(open + value.slice(from, to) + close, from, to, "end");
        if (from === to) body.setSelectionRange(from + open.length, from + open.length);
      } else {
        const start = value.lastIndexOf("\n", from - 1) + 1;
        body.setRangeText(value.slice(start, to).replace(/^/gm, open), start, to, "end");
      }
      changed();
    };
    tools.hidden = false;
    const buttons = all("[data-md]", tools);
    buttons.forEach((button, at) => {
      button.tabIndex = at ? -1 : 0;
      button.addEventListener("click", () => mark(button.dataset.md));
    });
    tools.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key], at = buttons.indexOf(document.activeElement);
      if (!step || at < 0) return;
      const next = buttons[(at + step + buttons.length) % buttons.length];
      buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
      next.focus();
    });
    body.addEventListener("keydown", (e) => {
      const name = { b: "bold", i: "italic" }[e.key];
      if (name && (e.ctrlKey || e.metaKey) && !e.shiftKey) { e.preventDefault(); mark(name); }
    });

    const attach = (given) => {
      if (form.dataset.uploadUrl) given.forEach((file) => send(form.dataset.uploadUrl, () => [], file, list, (answer, row) => {
        if (answer.id) row.append(make("input", { type: "hidden", name: "attached", value: answer.id }));
        if (answer.markdown) insert(`${answer.markdown}\n`); else changed();
      }));
      else if (files) {
        const both = new DataTransfer();
        [...files.files, ...given].forEach((file) => both.items.add(file));
        files.files = both.files;
        chosen();
      }
    };
    const chosen = () => list.replaceChildren(...[...files.files].map((file) => make("li", {}, make("span", { textContent: file.name }), make("small", { textContent: size(file.size) }))));
    files?.addEventListener("change", () => {
      if (!form.dataset.uploadUrl) return chosen();
      attach([...files.files]);
      files.value = "";
    });
    if (list) {
      droppable(form, body.parentElement, attach);
      body.addEventListener("paste", (e) => { const given = [...e.clipboardData.files]; if (given.length) { e.preventDefault(); attach(given); } });
    }

    const menu = make("div", { className: "suggestions", id: `${form.id}-people`, hidden: true, role: "listbox", ariaLabel: "People" });
    body.parentElement.append(menu);
    const word = () => /(?:^|\s)@([\p{L}\d.\-]{1,30})$/u.exec(body.value.slice(0, body.selectionStart))?.[1];
    const shut = () => { menu.hidden = true; body.removeAttribute("aria-activedescendant"); };
    const put = (option) => { body.setRangeText(`@${option.dataset.handle} `, body.selectionStart - word().length - 1, body.selectionStart, "end"); shut(); body.focus(); changed(); };
    const point = listbox(body, () => menu, put, shut);
    body.setAttribute("aria-controls", menu.id);
    body.setAttribute("aria-autocomplete", "list");
    body.addEventListener("input", later(150, async () => {
      const start = word();
      if (!start) return shut();
      const people = await fetch(`${body.dataset.mention}?q=${encodeURIComponent(start)}`, { headers: { Accept: "application/json" } }).then((r) => r.ok ? r.json() : []).catch(() => []);
      if (word() !== start) return;
      menu.replaceChildren(...people.slice(0, 8).map((person, at) => {
        const option = make("div", { id: `${menu.id}-${at}`, role: "option" }, make("span", {}, person.name, " ", make("small", { textContent: person.note || person.title || `@${person.handle}` })));
        option.dataset.handle = person.handle;
        option.onmousedown = (e) => { e.preventDefault(); put(option); };
        return option;
      }));
      menu.hidden = !people.length;
      point(menu.firstElementChild);
    }));
    body.addEventListener("blur", shut);
  };

  const theme = (form) => form.addEventListener("submit", (e) => {
    const value = e.submitter?.value;
    if (!value) return;
    e.preventDefault();
    root.dataset.theme = value;
    all("button", form).forEach((button) => { button.ariaPressed = button.value === value; });
    fetch(form.action, { method: "POST", body: new URLSearchParams([...plain(form), ["theme", value]]) }).catch(() => say("The colours could not be saved."));
  });

  // What was searched for is marked, and the address made clean again
  const markFound = () => {
    const given = new URLSearchParams(location.search), asked = given.get("hl");
    if (!asked) return;
    ["hl", "hit"].forEach((name) => given.delete(name));
    history.replaceState(history.state, "", location.pathname + (`${given}` && `?${given}`) + location.hash);
    const words = asked.replace(/\S+:\S*|(^|\s)-\S+|\b(OR|AND|NOT)\b/g, " ").toLowerCase().match(/[\p{L}\d]{2,}/gu) || [];
    const telling = words.filter((word) => word.length > 2), begins = (telling.length ? telling : words).slice(0, 12).map((w) => w.length > 5 ? w.slice(0, -2) : w.length > 3 ? w : `${w}(?![\\p{L}\\d])`);
    if (!begins.length) return;
    const pattern = new RegExp(`(?<![\\p{L}\\d])(?:${begins.join("|")})[\\p{L}\\d]*`, "giu"), nodes = [];
    all("#main .prose").forEach((prose) => { const walk = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT); while (walk.nextNode()) nodes.push(walk.currentNode); });
    nodes.forEach((node) => [...node.data.matchAll(pattern)].slice(0, 200).reverse().forEach((match) => {
      const found = node.splitText(match.index), mark = make("mark", { className: "found" });
      found.splitText(match[0].length);
      found.replaceWith(mark);
      mark.append(found);
    }));
    if (!location.hash) one("mark.found")?.scrollIntoView({ block: "nearest" });
  };

  // On a phone the navigation is a bar that scrolls: it begins where one is
  const showPlace = () => {
    const bar = one(".side-nav"), here = bar && one("[aria-current]", bar);
    if (here && bar.scrollWidth > bar.clientWidth) bar.scrollTo({ left: here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2, behavior: "instant" });
  };

  // "5 minutes ago" stays true
  const freshen = () => all("time[datetime]").forEach((time) => {
    if (!/^(just now|\d+ (minute|hour)s? ago)$/.test(time.textContent)) return;
    const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 6e4), hours = Math.floor(minutes / 60);
    const [count, unit] = hours ? [hours, "hour"] : [minutes, "minute"];
    time.textContent = minutes < 1 ? "just now" : hours > 23 ? "yesterday" : `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  });
  setInterval(freshen, 30000);

  // A text that takes the focus is gone on with at its end
  const toEnd = (el) => { if (el?.matches("textarea")) el.setSelectionRange(el.value.length, el.value.length); };

  const polls = (elt) => /every/.test(elt?.getAttribute?.("hx-trigger") || "") || elt?.matches?.("[data-quiet]");
  let held = null;
  document.addEventListener("htmx:beforeSwap", (e) => {
    if (e.detail.xhr.status === 422) { e.detail.shouldSwap = true; e.detail.isError = false; }
    held = e.detail.target.contains(document.activeElement) ? document.activeElement : null;
  });
  document.addEventListener("htmx:afterSettle", (e) => {
    if (e.target.id === "suggestions" || e.detail.target?.id === "suggestions") return refreshFind();
    const wanted = e.target.matches("[data-focus]") ? e.target : one("[data-focus]", e.target);
    const lost = held && document.activeElement === document.body;
    // The button that was pressed, where it came back; or else the heading of what came
    const again = lost && (held.name ? all(`[name="${CSS.escape(held.name)}"]`, e.target).find((el) => el.value === held.value) : all("button", e.target).find((el) => held.tagName === "BUTTON" && el.type === "submit"));
    const heading = lost && !again && (one("h1, h2, h3", e.target) || e.target);
    if (heading) heading.tabIndex = -1;
    (wanted || again || heading || null)?.focus();
    toEnd(wanted);
    held = null;
  });
  document.addEventListener("htmx:afterRequest", (e) => {
    const tab = e.detail.elt.closest?.(".tabs a");
    if (tab && e.detail.successful) all("a", tab.closest(".tabs")).forEach((a) => { if (a === tab) a.ariaCurrent = "page"; else a.removeAttribute("aria-current"); });
    if (e.detail.successful && !polls(e.detail.elt)) watchSession();
  });
  document.addEventListener("htmx:responseError", (e) => {
    const { status } = e.detail.xhr;
    if (status === 401) askToSignIn("You are signed out.");
    else if (!polls(e.detail.elt)) say(status === 429 ? "Too many tries. Please wait a moment." : status < 500 ? "That was not possible. Nothing was changed." : "The hub could not do that. Nothing you wrote is lost.");
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, (e) => { if (!polls(e.detail.elt)) say("The hub did not answer. Check your connection and try again."); }));

  const begin = (from) => {
    const within = (what) => [...(from.matches?.(what) ? [from] : []), ...all(what, from)];
    const fresh = (what, start) => within(what).forEach((el) => { if (!el.dataset.on) { el.dataset.on = "1"; start(el); } });
    fresh("[data-composer]", composer);
    fresh("[data-upload]", upload);
    fresh("[data-theme-form]", theme);
    fresh("[data-toast]", fade);
    fresh("[data-searched]", (results) => remember(results.dataset.searched));
  };
  document.addEventListener("htmx:load", (e) => begin(e.detail.elt));
  root.classList.add("js");
  try {
    const sent = sessionStorage.getItem("sent");
    sessionStorage.removeItem("sent");
    if (sent) one("[data-go-on]")?.addEventListener("submit", () => sessionStorage.setItem("sent", sent));
    if (sent && root.dataset.person && !one(".error-summary, .error-page, [data-unsent], [data-go-on]")) stored.drop(sent);
  } catch { /* no store: nothing to forget */ }
  begin(document);
  markFound();
  showPlace();
  const focusWanted = () => { one("[data-focus]")?.focus(); toEnd(one("[data-focus]")); };
  focusWanted();
  // Going to the address's anchor takes the focus away again
  if (location.hash && one("[data-focus]")) addEventListener("load", () => requestAnimationFrame(focusWanted));
  connection();
  watchSession();
})();
