// The conversation: the server holds it, this page shows it and survives a lost network.
(function () {
  "use strict";
  var byId = function (id) { return document.getElementById(id); };
  var log = byId("log");
  var socket = null;
  var seen = 0;
  var pending = [];
  var wait = 500;
  var over = false;
  var NAMES = { citizen: "我", system: "法通", agent: "工作人员" };

  function join() {
    fetch("/chat/join", { method: "POST", headers: { Accept: "application/json" } })
      .then(function (response) { if (!response.ok) { throw new Error(); } return response.json(); })
      .then(function (state) { show(state); connect(); })
      .catch(later);
  }

  function connect() {
    socket = new WebSocket(location.protocol.replace("http", "ws") + "//" + location.host + "/chat/socket");
    socket.onopen = function () {
      wait = 500;
      byId("offline").hidden = true;
      socket.send(JSON.stringify({ type: "seen", after: seen }));
      pending.forEach(function (frame) { socket.send(JSON.stringify(frame)); });
    };
    socket.onmessage = function (event) { take(JSON.parse(event.data)); };
    socket.onclose = function () { if (!over) { later(); } };
  }

  function later() {
    byId("offline").hidden = false;
    setTimeout(join, wait);
    wait = Math.min(wait * 2, 10000);
  }

  function take(frame) {
    if (frame.type === "message") { draw(frame); }
    if (frame.type === "state") { show(frame); }
    if (frame.type === "problem") { complain(frame); }
  }

  function show(state) {
    var text = state.name;
    if (state.state === "waiting") {
      text += state.ahead ? "，前面还有 " + state.ahead + " 位" : "，您是下一位";
      if (!state.seats) { text += "。现在没有空闲的工作人员，可以留电话等回电"; offerCall(); }
    }
    byId("state").textContent = text;
    byId("code").textContent = state.code ? "案件编码 " + state.code : "";
    byId("person").disabled = state.state !== "bot";
    if (state.state === "closed" || state.state === "wrap") { over = true; byId("say").disabled = true; }
  }

  function offerCall() {
    if (byId("callback")) { return; }
    var form = document.createElement("form");
    form.id = "callback";
    form.className = "say-form";
    var label = document.createElement("label");
    label.htmlFor = "phone";
    label.textContent = "留电话等回电";
    var input = document.createElement("input");
    input.id = "phone";
    input.inputMode = "tel";
    input.maxLength = 20;
    var button = document.createElement("button");
    button.textContent = "等回电";
    form.append(label, input, button);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      send({ type: "callback", text: input.value });
    });
    byId("say-form").after(form);
  }

  function draw(message) {
    if (message.sequence <= seen) { return; }
    seen = message.sequence;
    byId("problem").hidden = true;
    pending = pending.filter(function (frame) { return "chat:" + frame.key !== message.key; });
    byId("typing").hidden = !(message.speaker === "citizen");
    var bubble = document.createElement("div");
    bubble.className = "bubble " + message.speaker;
    var who = document.createElement("span");
    who.className = "who";
    who.textContent = NAMES[message.speaker];
    bubble.append(who, document.createTextNode(message.text));
    if (message.steps.length) {
      var list = document.createElement("ol");
      message.steps.forEach(function (step) {
        var item = document.createElement("li");
        item.textContent = step;
        list.append(item);
      });
      bubble.append(list);
    }
    message.citations.forEach(function (cited) {
      var details = document.createElement("details");
      var summary = document.createElement("summary");
      summary.textContent = "《" + cited.law + "》" + cited.article;
      var quote = document.createElement("blockquote");
      quote.textContent = cited.quote;
      details.append(summary, quote);
      bubble.append(details);
    });
    if (message.mongolian) {
      var mongolian = document.createElement("p");
      mongolian.className = "mongolian";
      mongolian.lang = "mn-Mong";
      mongolian.textContent = message.mongolian;
      bubble.append(mongolian);
    }
    if (message.standing) {
      var standing = document.createElement("p");
      standing.className = "muted small";
      standing.textContent = message.standing;
      bubble.append(standing);
    }
    if (message.answered) { bubble.append(votes(message.sequence)); }
    log.append(bubble);
    window.fatongProposals.look();
    message.followups.forEach(function (question) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "second ask";
      button.textContent = question;
      button.addEventListener("click", function () { say(question); });
      log.append(button);
    });
    log.scrollTop = log.scrollHeight;
  }

  function votes(sequence) {
    var row = document.createElement("div");
    row.className = "actions votes";
    [["有用", true], ["没用", false]].forEach(function (choice) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = choice[0];
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", function () { vote(row, button, sequence, choice[1]); });
      row.append(button);
    });
    return row;
  }

  function vote(row, button, sequence, helpful) {
    fetch("/chat/helpful", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ sequence: sequence, helpful: helpful })
    }).then(function (response) {
      if (!response.ok) { throw new Error(); }
      Array.prototype.forEach.call(row.children, function (other) {
        other.setAttribute("aria-pressed", other === button ? "true" : "false");
        other.className = other === button ? "second" : "quiet";
      });
    }).catch(function () { complain({ text: "没有记下，请再按一次。" }); });
  }

  function complain(frame) {
    byId("typing").hidden = true;
    var box = byId("problem");
    box.textContent = frame.text;
    box.hidden = false;
    if (frame.code === "no_conversation") { over = true; }
    giveBack(frame.key);
  }

  // What was not taken goes back into the box, unless something else is being written there.
  function giveBack(key) {
    var refused = pending.filter(function (one) { return key && one.key === key; })[0];
    if (!refused) { return; }
    pending = pending.filter(function (one) { return one !== refused; });
    if (!byId("say").value) { byId("say").value = refused.text; }
  }

  function send(frame) {
    if (socket && socket.readyState === WebSocket.OPEN) { socket.send(JSON.stringify(frame)); return; }
    if (frame.type === "say") { pending.push(frame); }
  }

  function say(text) {
    if (!text.trim() || over) { return; }
    var frame = { type: "say", text: text, key: Date.now() + "-" + Math.random().toString(36).slice(2, 10) };
    pending.push(frame);
    if (socket && socket.readyState === WebSocket.OPEN) { socket.send(JSON.stringify(frame)); }
    byId("typing").hidden = false;
  }

  byId("say-form").addEventListener("submit", function (event) {
    event.preventDefault();
    say(byId("say").value);
    byId("say").value = "";
  });
  byId("say").addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId("say-form").requestSubmit();
    }
  });
  byId("person").addEventListener("click", function () { send({ type: "person" }); });
  byId("leave").addEventListener("click", function () {
    over = true;
    send({ type: "leave" });
    location.replace("/");
  });
  byId("large").addEventListener("click", function () {
    var on = document.body.classList.toggle("large");
    this.setAttribute("aria-pressed", on ? "true" : "false");
  });
  join();
})();
