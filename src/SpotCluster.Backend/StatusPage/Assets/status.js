"use strict";
(() => {
  const KEY = "spotcluster-admin-token";
  const REFRESH_MS = 5000;
  const byId = (id) => document.getElementById(id);
  let timer = 0;
  let lastGood = 0;
  // The backend's clock minus the browser's.
  let skew = 0;
  const now = () => Date.now() + skew;

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

  const call = async (path, method = "GET", body) => {
    const response = await fetch(path, {
      method,
      headers: { Authorization: "Bearer " + sessionStorage.getItem(KEY), ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(response.status, answer.error || "The backend answered " + response.status);
    return answer;
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
  const until = (time) => span((Date.parse(time) - now()) / 1000);
  const words = (text) => text.replaceAll("_", " ");

  const PILLS = {
    online: "good", offline: "warn", switching: "info", error: "bad",
    ready: "info", claimed: "good", waiting: "", retrying: "warn", blocked: "bad",
    info: "", warning: "warn",
  };
  const pill = (word, shown) => element("span", { text: shown ?? words(word), cls: "pill " + (PILLS[word] ?? "") });

  const fill = (id, rows) => {
    const table = byId(id);
    // Whoever works with the keyboard keeps the place.
    const focused = table.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    table.tBodies[0].replaceChildren(...rows);
    if (focused) [...table.querySelectorAll("[aria-label]")].find((node) => node.getAttribute("aria-label") === focused)?.focus();
    table.hidden = rows.length === 0;
    const empty = table.closest("section").querySelector(".empty");
    if (empty) empty.hidden = rows.length > 0;
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
    await refresh();
    if (failure) fail(failure);
  };

  const showAgents = (agents) => fill("agents", agents.map((agent) => {
    const config = agent.config;
    const toggle = element("input", {
      type: "checkbox", cls: "switch", role: "switch", "aria-label": "Auto-terminate for " + agent.logical_agent_id,
      checked: config.auto_terminate_enabled,
      onchange: (event) => act(event.target, () => call("/api/client/agents/" + agent.agent_id + "/settings", "POST",
        { auto_terminate_enabled: event.target.checked })),
    });
    return element("tr", {},
      holder("line", element("strong", { text: agent.logical_agent_id }), element("span", { text: agent.client_name, cls: "sub" })),
      holder("", pill(agent.status), config.enabled ? null : element("span", { text: "switched off", cls: "sub" })),
      holder("", document.createTextNode(agent.region), element("span", { text: agent.account_id, cls: "sub" })),
      cell(agent.instance_id ?? "–", "id"),
      cell(ago(agent.last_seen_at), "n"),
      cell(agent.pending, "n"),
      cell(config.terminate_wait_seconds === 0 ? "at once" : span(config.terminate_wait_seconds), "n"),
      holder("", toggle));
  }));

  const note = (item) => {
    if (item.blocked_by) return item.blocked_by;
    const next = item.next_attempt_at;
    const when = item.status === "claimed" ? "with the agent for " : item.status === "waiting" ? "due in " : "again in ";
    return [next ? when + until(next) : null, item.last_error].filter(Boolean).join(" · ");
  };

  const showPending = (items) => fill("pending", items.map((item) => element("tr", {},
    machine(item), holder("", pill(item.status)), cell(words(item.reason), "line"), cell(item.logical_agent_id, "line"),
    cell(span(item.age_seconds), "n"), cell(item.attempts, "n"), cell(note(item), "wide"))));

  const showDead = (items) => {
    byId("dead-section").hidden = items.length === 0;
    fill("dead", items.map((item) => element("tr", {},
      machine(item), cell(item.logical_agent_id, "line"), cell(item.last_error ?? "", "wide"), cell(item.attempts, "n"), cell(span(item.age_seconds), "n"),
      holder("n", element("button", {
        type: "button", text: "Requeue", "aria-label": "Requeue " + item.instance_id,
        onclick: (event) => act(event.target, () => call(
          "/api/admin/terminations/" + encodeURIComponent(item.account_id) + "/" + encodeURIComponent(item.instance_id) + "/requeue", "POST")),
      })))));
  };

  const showEvents = (events) => fill("events", events.map((event) => element("tr", {},
    element("td", { text: ago(event.created_at), cls: "n", title: event.created_at }),
    holder("", pill(event.severity === "error" ? "blocked" : event.severity, words(event.event_type))),
    cell(event.instance_id ?? "", "id"), cell(event.message, "wide"))));

  const showNumbers = (stats) => {
    byId("n-pending").textContent = stats.pending;
    byId("n-oldest").textContent = span(stats.oldest_pending_seconds);
    byId("n-dead").textContent = stats.dead_letters;
    byId("t-dead").classList.toggle("bad", stats.dead_letters > 0);
    byId("n-day").textContent = stats.terminated_last_day;
    byId("n-mean").textContent = span(stats.average_seconds_to_terminate);
    byId("n-rate").textContent = stats.success_rate === null ? "–" : Math.round(stats.success_rate * 100) + " %";
  };

  const showFreshness = () => {
    const stale = Date.now() - lastGood > 3 * REFRESH_MS;
    byId("freshness").classList.toggle("stale", stale);
    byId("freshness").textContent = stale ? "No answer since " + new Date(lastGood).toLocaleTimeString() : "Live";
  };

  const fail = (error) => {
    if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
      signOut("This token is not the admin's.");
      return;
    }
    byId("problem").textContent = error instanceof Refused ? error.message : "The backend cannot be reached.";
    byId("problem").hidden = false;
  };

  const refresh = async () => {
    clearTimeout(timer);
    try {
      const [stats, agents, pending, dead, events] = await Promise.all([
        call("/api/admin/stats"), call("/api/admin/agents"), call("/api/admin/terminations?limit=200"),
        call("/api/admin/terminations?state=dead_letter"), call("/api/admin/events?limit=30")]);
      if (!sessionStorage.getItem(KEY)) return;
      skew = Date.parse(stats.measured_at) - Date.now();
      showNumbers(stats);
      showAgents(agents);
      showPending(pending);
      showDead(dead);
      showEvents(events);
      lastGood = Date.now();
      byId("problem").hidden = true;
      byId("login").hidden = true;
      for (const id of ["content", "logout", "freshness"]) byId(id).hidden = false;
    } catch (error) {
      fail(error);
    }
    if (sessionStorage.getItem(KEY)) {
      showFreshness();
      timer = setTimeout(refresh, REFRESH_MS);
    }
  };

  const signOut = (message) => {
    clearTimeout(timer);
    sessionStorage.removeItem(KEY);
    for (const id of ["content", "logout", "freshness"]) byId(id).hidden = true;
    byId("login").hidden = false;
    byId("login-error").hidden = !message;
    byId("login-error").textContent = message ?? "";
    byId("token").value = "";
    byId("token").focus();
  };

  byId("logout").addEventListener("click", () => signOut());
  byId("login-form").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEY, byId("token").value.trim());
    refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && sessionStorage.getItem(KEY)) refresh();
  });

  if (sessionStorage.getItem(KEY)) refresh();
  else signOut();
})();
