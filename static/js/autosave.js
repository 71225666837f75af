// Saves a form while it is being filled in, field by field, and never loses a word:
// what is typed stays in its control until the server has said that it has it.
//   <form data-autosave data-autosave-url="...">; the protocol is in static/README.md.
(function () {
  "use strict";

  const { fields } = window.consilium;
  const PAUSE = 700;
  const RETRIES = [2000, 4000, 8000, 15000, 30000];
  const SIGNED_OUT = "You are signed out. Your text is still here: sign in in another tab, then press Save.";

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

  class Autosave {
    constructor(form) {
      this.form = form;
      this.base = new Map(); // what the server holds
      this.seen = new Map(); // what stood in the control when the server last took it
      this.refused = new Map(); // what the server would not take; sent again only when changed
      this.singly = new Set(); // of a pause that was refused as a whole: each by itself
      this.conflicts = new Map(); // fields that wait for the user's choice
      this.failures = 0;
      this.problem = false;
      this.note = "";
      this.running = null;
      form.addEventListener("submit", (event) => this.onSubmit(event));
      this.later();
    }

    // A control that appears later counts as the server drew it.
    known(name) {
      if (!this.seen.has(name)) {
        this.seen.set(name, fields.read(this.form, name, true));
        this.base.set(name, this.seen.get(name));
      }
      return this.seen.get(name);
    }

    changed() {
      const names = new Set(fields.named(this.form).map((control) => control.name));
      return [...names].filter((name) => !same(fields.read(this.form, name), this.known(name)) || this.halfTyped(name));
    }

    // A date or number that the browser cannot read yet would look empty: wait for the rest of it.
    halfTyped(name) {
      return fields.named(this.form, name).some((control) => control.validity.badInput);
    }

    beingTyped(name) {
      return fields.named(this.form, name).some((control) => (control.type === "date" || "untilLeft" in control.dataset) && control === document.activeElement);
    }

    sendable() {
      return this.changed().filter(
        (name) =>
          !this.conflicts.has(name) && !this.halfTyped(name) && !this.beingTyped(name) &&
          !same(this.refused.get(name), fields.read(this.form, name)),
      );
    }

    later(wait = PAUSE) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), wait);
    }

    // One request at a time: what is typed meanwhile goes with the next one.
    save() {
      clearTimeout(this.timer);
      if (!this.running) this.running = this.sendAll().finally(() => (this.running = null));
      return this.running;
    }

    // A refused field that is back at what the server holds is no longer wrong.
    forgetRefusals() {
      const names = this.changed();
      for (const name of this.refused.keys()) {
        if (names.includes(name)) continue;
        this.refused.delete(name);
        fields.clearError(this.form, name);
        this.report();
      }
    }

    async sendAll() {
      this.forgetRefusals();
      let going = true;
      this.accepted = [];
      while (going && this.sendable().length) going = await this.send(this.next());
      return going && !this.changed().length;
    }

    // A refused field keeps none of the others from being saved.
    next() {
      const names = this.sendable();
      const alone = names.find((name) => this.singly.has(name));
      return alone ? [alone] : names;
    }

    async send(names) {
      const sent = new Map(names.map((name) => [name, fields.read(this.form, name)]));
      this.say("saving", "Saving…");
      let response;
      try {
        response = await fetch(this.form.dataset.autosaveUrl, this.request(sent));
      } catch {
        return this.retry("Not saved: no connection, trying again.");
      }
      if (response.status >= 500) return this.retry("Not saved: a fault in Consilium, trying again.");
      return this.receive(response, sent);
    }

    request(sent) {
      const body = new URLSearchParams({ csrfmiddlewaretoken: window.consilium.csrfToken() });
      for (const [name, values] of sent) {
        for (const value of values) body.append(name, value);
        for (const value of this.base.get(name)) body.append(`base-${name}`, value);
      }
      for (const key of window.consilium.confirmed(this.form, [...sent.keys()])) body.append("confirmed_dates", key);
      const headers = { Accept: "application/json", "X-Requested-With": "fetch", ...window.consilium.act() };
      return { method: "POST", body, headers, credentials: "same-origin", keepalive: body.toString().length < 60000 };
    }

    retry(text) {
      const wait = RETRIES[Math.min(this.failures, RETRIES.length - 1)];
      this.failures += 1;
      this.say("problem", text);
      this.later(wait);
      return false;
    }

    async receive(response, sent) {
      const answer = await response.json().catch(() => null);
      if (window.consilium.signedOut(response) || (response.status === 403 && !(answer && answer.message))) {
        return this.stop(SIGNED_OUT);
      }
      if (!answer) return this.stop("Not saved: this page is out of date. Copy what you typed, then reload the page.");
      if (!response.ok && !answer.errors && !answer.conflicts) {
        return this.stop(`Not saved: ${answer.message || answer.detail || "the server did not accept it."}`);
      }
      this.failures = 0;
      this.accept(answer, sent);
      return true;
    }

    stop(text) {
      this.say("problem", text);
      return false;
    }

    accept(answer, sent) {
      for (const [name, value] of Object.entries(answer.saved || {})) {
        this.taken(name, this.list(name, value), sent.get(name));
        if (sent.has(name)) this.accepted.push(fields.label(this.form, name));
      }
      for (const [name, sentences] of Object.entries(answer.errors || {})) {
        this.refused.set(name, sent.get(name));
        fields.showError(this.form, name, sentences);
      }
      for (const asked of answer.asks || []) window.consilium.askDay(this, asked);
      for (const [name, conflict] of Object.entries(answer.conflicts || {})) this.ask(name, conflict);
      this.sortOut(answer, sent);
      if (answer.message) this.note = answer.message;
      if (answer.version !== undefined) window.consilium.setVersion(this.form, answer.version);
      this.redraw(answer.html || {});
      this.report();
      this.form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true, detail: answer }));
    }

    // What the answer leaves out: sent again without what was refused by name, or else each by itself, and then no more.
    sortOut(answer, sent) {
      const silent = [...sent.keys()].filter((name) => !this.mentioned(answer, name));
      for (const name of sent.keys()) this.singly.delete(name);
      if (silent.length < sent.size) return;
      for (const name of silent) {
        if (sent.size > 1) this.singly.add(name);
        else this.refused.set(name, sent.get(name));
      }
    }

    mentioned(answer, name) {
      return [answer.saved, answer.errors, answer.conflicts].some((part) => part && name in part);
    }

    // JSON knows numbers, null and true; controls know text.
    list(name, value) {
      if (value === null || value === undefined || value === false) return [""];
      if (value === true) return [fields.named(this.form, name)[0]?.value ?? "on"];
      const values = [].concat(value).map(String);
      return values.length ? values : [""];
    }

    taken(name, values, sentValues) {
      this.base.set(name, values);
      this.seen.set(name, sentValues || values);
      this.refused.delete(name);
      fields.clearError(this.form, name);
      const focused = fields.named(this.form, name).includes(document.activeElement);
      const untouched = same(fields.read(this.form, name), sentValues);
      if (!focused && untouched && !same(values, sentValues)) {
        fields.write(this.form, name, values);
        this.seen.set(name, fields.read(this.form, name));
      }
    }

    ask(name, conflict) {
      const theirs = this.list(name, conflict.theirs);
      this.conflicts.set(name, { ...conflict, theirs });
      window.consilium.askConflict(this, name, this.conflicts.get(name));
    }

    // The user has chosen: from now on the server's text is the base that ours is compared with.
    settle(name, keepMine) {
      const { theirs } = this.conflicts.get(name);
      this.conflicts.delete(name);
      this.base.set(name, theirs);
      if (keepMine) {
        this.seen.set(name, theirs);
      } else {
        fields.write(this.form, name, theirs);
        this.seen.set(name, fields.read(this.form, name));
      }
      fields.named(this.form, name)[0]?.focus();
      this.report();
      this.save();
    }

    // Parts of the page that follow from what was saved, unless someone works in them.
    redraw(parts) {
      for (const [id, html] of Object.entries(parts)) {
        const target = document.getElementById(id);
        if (!target || this.holdsUnsaved(target)) continue;
        const names = fields.named(this.form).filter((control) => target.contains(control)).map((control) => control.name);
        if (!window.consilium.draw(target, html)) continue;
        for (const name of names) this.seen.delete(name);
        if (window.htmx) window.htmx.process(target);
      }
    }

    holdsUnsaved(target) {
      const names = this.changed();
      return fields.named(this.form).some((control) => target.contains(control) && names.includes(control.name));
    }

    report() {
      const waiting = [...this.conflicts.keys()];
      const wrong = this.changed().filter((name) => this.refused.has(name) && !this.conflicts.has(name));
      const note = this.note ? ` ${this.note.replace(/\.?$/, ".")}` : "";
      const rest = wrong.length || waiting.length ? ` ${this.savedToo()}${note}` : note;
      if (waiting.length) this.say("problem", "Not saved: someone else changed ", this.links(waiting), `. Choose which text to keep.${rest}`);
      else if (wrong.length) this.say("problem", "Not saved: ", this.links(wrong), `.${rest}`);
      else if (this.changed().length) this.say("saving", `Not saved yet.${note}`);
      else this.say("saved", `Saved ${clock()}.${note}`);
    }

    savedToo() {
      const names = [...new Set(this.accepted || [])];
      return names.length ? `Saved ${clock()}: ${names.join(", ")}.` : "Everything else is saved.";
    }

    // Each name leads to its field.
    links(names) {
      return names.map((name, index) => {
        const link = document.createElement("a");
        const control = fields.named(this.form, name)[0];
        link.href = `#${control.id}`;
        link.textContent = fields.label(this.form, name);
        link.addEventListener("click", (event) => {
          event.preventDefault();
          fields.group(this.form, name).scrollIntoView({ block: "center" });
          control.focus({ preventScroll: true });
        });
        return [index ? ", " : "", link];
      });
    }

    say(state, ...parts) {
      this.problem = state === "problem";
      const box = this.form.querySelector("[data-autosave-status]");
      if (!box) return;
      box.className = `c-autosave c-autosave--${state}`;
      const place = box.querySelector("[data-autosave-text]");
      const fresh = document.createElement("p");
      fresh.append(...parts.flat(2));
      if (place.textContent !== fresh.textContent) place.replaceChildren(...fresh.childNodes);
    }

    onSubmit(event) {
      if (!event.submitter || !event.submitter.hasAttribute("data-autosave-save")) return;
      event.preventDefault();
      this.refused.clear();
      this.singly.clear();
      this.failures = 0;
      this.save().then(() => this.sendable().length || this.problem || this.report());
    }
  }

  window.consilium.Autosave = Autosave;
})();
