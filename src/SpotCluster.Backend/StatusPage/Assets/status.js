"use strict";
(() => {
  const KEY = "spotcluster-admin-token";
  const REFRESH_MS = 5000;
  const ANSWER_MS = 10000;
  const PAGE = 50;
  const byId = (id) => document.getElementById(id);
  let timer = 0;
  let lastGood = 0;
  let round = 0;
  let failed = false;
  // The backend's clock minus the browser's.
  let skew = 0;
  const now = () => Date.now() + skew;

  // What each list shows. Everything is searched, sorted and cut into pages by the backend.
  const lists = {
    agents: { search: "", status: "", sort: "problems", descending: false, offset: 0 },
    pending: { search: "", offset: 0 },
    dead: { offset: 0 },
    events: {},
  };

  // Everything that is shown goes through textContent: nothing from the outside becomes markup.
  const element = (name, { text, cls, ...rest } = {}, ...children) => {
    const node = document.createElement(name);
    if (text !== undefined && text !== null) node.textContent = text;
    if (cls) node.className = cls;
    for (const [key, value] of Object.entries(rest)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (typeof value === "boolean") node[key] = value;
      else node.setAttribute(key, value);
    }
    node.append(...children.filter(Boolean));
    return node;
  };
  const cell = (text, cls) => element("td", { text, cls });
  const holder = (cls, ...children) => element("td", { cls }, ...children);

  class Refused extends Error {
    constructor(status, message) { super(message); this.status = status; }
  }

  const send = async (path, method = "GET", body, tag) => {
    const response = await fetch(path, {
      method,
      headers: {
        Authorization: "Bearer " + sessionStorage.getItem(KEY),
        ...(body ? { "Content-Type": "application/json" } : {}),
        ...(tag ? { "If-None-Match": tag } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.status === 304) return { response, answer: null };
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(response.status, answer.error || "The backend answered " + response.status);
    return { response, answer };
  };
  const call = async (...request) => (await send(...request)).answer;

  // A list is sent again only when something of it has changed.
  const load = async (name, path) => {
    const list = lists[name];
    const { response, answer } = await send(path, "GET", undefined, list.path === path ? list.tag : undefined);
    if (answer !== null) {
      list.rows = answer;
      list.total = Number(response.headers.get("X-Total-Count") ?? answer.length);
      list.tag = response.headers.get("ETag");
      list.path = path;
    }
    return list;
  };

  const span = (seconds) => {
    if (seconds === null || seconds === undefined) return "–";
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return s + " s";
    if (s < 3600) return Math.floor(s / 60) + " min";
    if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
    return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
  };
  const ago = (time) => time ? span((now() - Date.parse(time)) / 1000) + " ago" : "never";
  const age = (item) => span((now() - Date.parse(item.marked_at)) / 1000);
  const until = (time) => span((Date.parse(time) - now()) / 1000);
  const words = (text) => text.replaceAll("_", " ");
  const count = (number, word) => number + " " + word + (number === 1 ? "" : "s");

  const PILLS = {
    online: "good", offline: "warn", switching: "info", error: "bad",
    ready: "info", claimed: "good", waiting: "", retrying: "warn", blocked: "bad",
    info: "", warning: "warn",
  };
  const pill = (word, shown) => element("span", { text: shown ?? words(word), cls: "pill " + (PILLS[word] ?? "") });

  const fill = (id, rows) => {
    const table = byId(id);
    // Whoever works with the keyboard keeps the place.
    const focused = table.tBodies[0].contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    table.tBodies[0].replaceChildren(...rows);
    if (focused) [...table.querySelectorAll("[aria-label]")].find((node) => node.getAttribute("aria-label") === focused)?.focus();
    table.hidden = rows.length === 0;
    const empty = table.closest("section").querySelector(".empty");
    if (empty) empty.hidden = rows.length > 0;
  };

  const showPages = (name) => {
    const list = lists[name];
    const nav = byId(name + "-pages");
    nav.hidden = list.total <= PAGE && list.offset === 0;
    const turn = (text, offset, off) => element("button", {
      type: "button", cls: "quiet", text, disabled: off, "aria-label": text + " page of " + (name === "dead" ? "dead letters" : name),
      onclick: () => { list.offset = offset; refresh(); },
    });
    const last = Math.min(list.total, list.offset + list.rows.length);
    nav.replaceChildren(
      turn("Previous", Math.max(0, list.offset - PAGE), list.offset === 0),
      element("span", { text: (list.rows.length === 0 ? "0" : (list.offset + 1) + "–" + last) + " of " + list.total }),
      turn("Next", list.offset + PAGE, last >= list.total));
  };

  const machine = (item) => holder("", element("span", { text: item.instance_id, cls: "id" }),
    element("span", { text: [item.instance_type, item.az || item.region].filter(Boolean).join(" · "), cls: "sub" }));

  const act = async (control, work) => {
    control.disabled = true;
    let failure = null;
    try {
      await work();
    } catch (error) {
      failure = error;
    }
    for (const list of Object.values(lists)) list.tag = undefined;
    await refresh();
    control.disabled = false;
    if (failure) fail(failure);
  };

  // Resolves to whether it was confirmed. Escape and the backdrop are no.
  const confirmed = (title, text, yes, isDangerous) => new Promise((resolve) => {
    const dialog = byId("confirm");
    byId("confirm-title").textContent = title;
    byId("confirm-text").textContent = text;
    byId("confirm-yes").textContent = yes;
    byId("confirm-yes").classList.toggle("bad", isDangerous);
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });

  const toggle = async (agent, control) => {
    // The switch shows what holds, not what is asked for.
    const wanted = control.checked;
    control.checked = !wanted;
    const name = agent.logical_agent_id;
    const yes = wanted
      ? await confirmed("Enable auto-terminate for " + name + "?",
        count(agent.pending, "marked instance") + " will be terminated after the wait.", "Enable", true)
      : await confirmed("Disable auto-terminate for " + name + "?",
        "No instance of this agent is terminated any more: " + count(agent.pending, "marked instance") + " will continue to run and be billed.", "Disable", false);
    if (yes) {
      await act(control, () => call("/api/client/agents/" + encodeURIComponent(agent.agent_id) + "/settings", "POST", { auto_terminate_enabled: wanted }));
    }
  };

  const showAgents = () => {
    fill("agents", lists.agents.rows.map((agent) => {
      const config = agent.config;
      const control = element("input", {
        type: "checkbox", cls: "switch", role: "switch", "aria-label": "Auto-terminate for " + agent.logical_agent_id,
        checked: config.auto_terminate_enabled,
        onchange: (event) => toggle(agent, event.target),
      });
      return element("tr", {},
        holder("line", element("strong", { text: agent.logical_agent_id }), element("span", { text: agent.client_name, cls: "sub" })),
        holder("", pill(agent.status),
          agent.dead_letters > 0 ? element("span", { text: count(agent.dead_letters, "dead letter"), cls: "sub error" }) : null,
          config.enabled ? null : element("span", { text: "disabled", cls: "sub" })),
        holder("", document.createTextNode(agent.region), element("span", { text: agent.account_id, cls: "sub" })),
        cell(agent.instance_id ?? "–", "id"),
        cell(agent.status === "online" ? "now" : ago(agent.last_seen_at), "n"),
        cell(agent.pending, "n"),
        cell(config.terminate_wait_seconds === 0 ? "at once" : span(config.terminate_wait_seconds), "n"),
        holder("", control));
    }));
    for (const head of document.querySelectorAll("#agents th[data-sort]")) {
      if (head.dataset.sort === lists.agents.sort) head.setAttribute("aria-sort", lists.agents.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    showPages("agents");
  };

  const note = (item) => {
    if (item.blocked_by) return item.blocked_by;
    const next = item.next_attempt_at;
    const when = item.status === "claimed" ? "claimed for " : item.status === "waiting" ? "due in " : "retry in ";
    return [next ? when + until(next) : null, item.last_error].filter(Boolean).join(" · ");
  };

  const showPending = () => {
    fill("pending", lists.pending.rows.map((item) => element("tr", {},
      machine(item), holder("", pill(item.status)), cell(words(item.reason), "line"), cell(item.logical_agent_id, "line"),
      cell(age(item), "n"), cell(item.attempts, "n"), cell(note(item), "wide"))));
    showPages("pending");
  };

  const showDead = () => {
    byId("dead-section").hidden = lists.dead.total === 0;
    fill("dead", lists.dead.rows.map((item) => element("tr", {},
      machine(item), cell(item.logical_agent_id, "line"), cell(item.last_error ?? "", "wide"), cell(item.attempts, "n"), cell(age(item), "n"),
      holder("n", element("button", {
        type: "button", text: "Requeue", "aria-label": "Requeue " + item.instance_id,
        onclick: (event) => act(event.target, () => call(
          "/api/admin/terminations/" + encodeURIComponent(item.account_id) + "/" + encodeURIComponent(item.instance_id) + "/requeue", "POST")),
      })))));
    showPages("dead");
  };

  const showEvents = () => fill("events", lists.events.rows.map((event) => element("tr", {},
    element("td", { text: ago(event.created_at), cls: "n", title: event.created_at }),
    holder("", pill(event.severity === "error" ? "blocked" : event.severity, words(event.event_type))),
    cell(event.instance_id ?? "", "id"), cell(event.message, "wide"))));

  const show = () => {
    showAgents();
    showPending();
    showDead();
    showEvents();
  };

  const showNumbers = (fleet) => {
    const put = (name, text, mark) => {
      byId("n-" + name).textContent = text;
      for (const cls of ["bad", "warn"]) byId("t-" + name)?.classList.toggle(cls, mark === cls);
    };
    put("dead", fleet.dead_letters, fleet.dead_letters > 0 ? "bad" : "");
    put("offline", fleet.offline + " of " + fleet.agents, fleet.offline > 0 ? "warn" : "");
    put("failing", fleet.failing, fleet.failing > 0 ? "warn" : "");
    put("oldest", span(fleet.oldest_pending_seconds), fleet.oldest_pending_seconds > 86400 ? "warn" : "");
    put("off", fleet.switched_off, "");
    put("pending", fleet.pending);
    put("day", fleet.terminated_last_day);
    put("mean", span(fleet.average_seconds_to_terminate));
    put("rate", fleet.success_rate === null ? "–" : Math.round(fleet.success_rate * 100) + " %");
  };

  // By the clock, whatever became of the last request: a backend that hangs is not live.
  const showFreshness = () => {
    const stale = failed || Date.now() - lastGood > 2 * REFRESH_MS + 1000;
    byId("freshness").classList.toggle("stale", stale);
    byId("freshness").textContent = stale ? "No answer since " + new Date(lastGood).toLocaleTimeString() : "Live";
  };

  const fail = (error) => {
    if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
      signOut("The token is not the admin token.");
      return;
    }
    byId("problem").textContent = error instanceof Refused ? error.message : "Cannot reach the backend.";
    byId("problem").hidden = false;
  };

  const query = (values) => Object.entries(values)
    .filter(([, value]) => value !== "" && value !== undefined && value !== false)
    .map(([key, value]) => key + "=" + encodeURIComponent(value)).join("&");

  const refresh = async () => {
    clearTimeout(timer);
    const mine = ++round;
    const { agents, pending, dead } = lists;
    try {
      const [fleet] = await Promise.all([
        call("/api/admin/overview"),
        load("agents", "/api/admin/agents?" + query({
          search: agents.search, status: agents.status, sort: agents.sort, descending: agents.descending, limit: PAGE, offset: agents.offset })),
        load("pending", "/api/admin/terminations?" + query({ search: pending.search, sort: "problems", limit: PAGE, offset: pending.offset })),
        load("dead", "/api/admin/terminations?" + query({ state: "dead_letter", limit: PAGE, offset: dead.offset })),
        load("events", "/api/admin/events?limit=30")]);
      if (!sessionStorage.getItem(KEY) || mine !== round) return;
      // The last row of a page may have gone.
      const beyond = Object.values(lists).filter((list) => list.offset > 0 && list.offset >= list.total);
      if (beyond.length > 0) {
        for (const list of beyond) list.offset = Math.max(0, Math.ceil(list.total / PAGE) * PAGE - PAGE);
        return await refresh();
      }
      skew = Date.parse(fleet.measured_at) - Date.now();
      showNumbers(fleet);
      show();
      lastGood = Date.now();
      failed = false;
      byId("problem").hidden = true;
      byId("login").hidden = true;
      for (const id of ["content", "logout", "freshness"]) byId(id).hidden = false;
    } catch (error) {
      if (mine !== round) return;
      failed = true;
      fail(error);
    }
    if (sessionStorage.getItem(KEY) && mine === round) {
      showFreshness();
      timer = setTimeout(refresh, REFRESH_MS);
    }
  };

  const signOut = (message) => {
    clearTimeout(timer);
    round++;
    sessionStorage.removeItem(KEY);
    for (const list of Object.values(lists)) list.rows = list.tag = list.path = undefined;
    for (const id of ["content", "logout", "freshness"]) byId(id).hidden = true;
    byId("login").hidden = false;
    byId("login-error").hidden = !message;
    byId("login-error").textContent = message ?? "";
    byId("token").value = "";
    byId("token").focus();
  };

  const ask = (name, values) => {
    Object.assign(lists[name], values, { offset: 0 });
    refresh();
  };
  const searching = (name) => {
    let wait = 0;
    byId(name + "-search").addEventListener("input", (event) => {
      clearTimeout(wait);
      wait = setTimeout(() => ask(name, { search: event.target.value.trim() }), 250);
    });
  };
  searching("agents");
  searching("pending");
  byId("agents-filter").addEventListener("change", (event) => ask("agents", { status: event.target.value }));
  for (const head of document.querySelectorAll("#agents th[data-sort]")) {
    const button = element("button", {
      type: "button", text: head.textContent,
      onclick: () => ask("agents", {
        sort: head.dataset.sort, descending: lists.agents.sort === head.dataset.sort && !lists.agents.descending,
      }),
    });
    head.replaceChildren(button);
  }
  for (const [tile, filter] of [["t-offline", "offline"], ["t-off", "off"]]) {
    const name = byId(tile).querySelector("dt");
    name.replaceChildren(element("button", {
      type: "button", text: name.textContent,
      onclick: () => {
        byId("agents-filter").value = filter;
        ask("agents", { status: filter });
        byId("h-agents").scrollIntoView();
      },
    }));
  }
  byId("requeue-all").addEventListener("click", async (event) => {
    const total = lists.dead.total;
    if (await confirmed("Requeue all dead letters?", count(total, "instance") + " will be handed out for termination again.", "Requeue all", true)) {
      await act(event.target, () => call("/api/admin/terminations/requeue", "POST", {}));
    }
  });

  byId("logout").addEventListener("click", () => signOut());
  byId("login-form").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEY, byId("token").value.trim());
    refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && sessionStorage.getItem(KEY)) refresh();
  });
  setInterval(() => {
    if (!byId("content").hidden) showFreshness();
  }, 1000);

  if (sessionStorage.getItem(KEY)) refresh();
  else signOut();
})();
