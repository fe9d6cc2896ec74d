// The left and middle columns: seat, ring, queue, conversation, notes.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var element = http.element;
  var byId = function (id) { return document.getElementById(id); };
  var board = null;
  var contact = null;
  // An answer that was under way when the record was closed must not bring the contact back.
  var finished = null;
  var notesTimer = null;
  var listeners = [];
  var WORDS = { citizen: "群众", system: "法通", agent: "我" };

  function tell(text, kind) {
    var box = byId("message");
    box.textContent = text;
    box.className = "notice " + (kind || "danger");
    box.hidden = false;
    clearTimeout(tell.timer);
    tell.timer = setTimeout(function () { box.hidden = true; }, 6000);
  }

  function fail(error) { tell(error.message); }

  function elapsed(since) {
    var seconds = Math.max(0, Math.round((Date.now() - new Date(since)) / 1000));
    return Math.floor(seconds / 60) + "分" + String(seconds % 60).padStart(2, "0") + "秒";
  }

  function loadBoard() {
    return http.get("/desk/state").then(function (data) {
      board = data;
      drawBoard();
      if (!contact && data.mine.length) { return open(data.mine[0].id); }
      return null;
    }).catch(fail);
  }

  function drawBoard() {
    var seat = board.seat;
    var ready = Boolean(seat && (["ready", "reserved", "busy", "wrap"].indexOf(seat.state) >= 0) && seat.wants !== "away");
    var names = { ready: "等待来话", reserved: "正在振铃", busy: "通话中", wrap: "话后整理", missed: "漏接，已小休" };
    var box = byId("switch");
    box.setAttribute("aria-checked", ready ? "true" : "false");
    box.querySelector(".switch-state").textContent = (seat && names[seat.state]) || "小休";
    box.querySelector(".switch-hint").textContent = ready ? "点这里小休（F9）" : "点这里开始接听（F9）";
    drawRing();
    fill("waiting", board.waiting, function (item) {
      return element("li", item.door_name + " · 等了 " + elapsed(item.since));
    });
    byId("waiting-count").textContent = board.waiting.length;
    byId("waiting-none").hidden = board.waiting.length > 0;
    fill("promises", board.promises, drawPromise);
    byId("promises-none").hidden = board.promises.length > 0;
    fill("mine", board.mine, function (item) {
      var row = element("li");
      var button = element("button", item.door_name + " " + item.code, "second");
      button.type = "button";
      button.addEventListener("click", function () { open(item.id); });
      row.appendChild(button);
      if (item.state === "wrap") { row.appendChild(element("span", " 待写工单", "muted")); }
      return row;
    });
  }

  function fill(id, items, draw) {
    var list = byId(id);
    list.replaceChildren.apply(list, items.map(draw));
  }

  function drawRing() {
    var box = byId("ring");
    box.hidden = !board.ring;
    if (!board.ring) { return; }
    box.querySelector(".ring-title").textContent = board.ring.door_name + "来了";
    box.querySelector(".ring-since").textContent = "已等 " + elapsed(board.ring.arrived_at);
  }

  function drawPromise(item) {
    var row = element("li", item.phone + " · " + item.window);
    if (item.state === "open") {
      var button = element("button", "现在拨", "second");
      button.type = "button";
      button.addEventListener("click", function () {
        http.post("/desk/promises/" + item.id + "/call").then(function (data) {
          return loadBoard().then(function () { return open(data.contact); });
        }).catch(fail);
      });
      row.appendChild(document.createTextNode(" "));
      row.appendChild(button);
    } else {
      row.appendChild(element("span", " 拨打中", "muted"));
    }
    return row;
  }

  function open(id) {
    return http.get("/desk/contacts/" + id).then(function (data) {
      if (data.id === finished) { return; }
      var another = !contact || contact.id !== data.id;
      contact = data;
      drawContact(another);
      listeners.forEach(function (listener) { listener(contact, another); });
    }).catch(fail);
  }

  function drawContact(another) {
    byId("now-name").textContent = contact.person.name || contact.person.phone || "未留姓名";
    byId("now-code").textContent = "案件 " + contact.code;
    byId("now-door").textContent = contact.door_name + " · " + contact.region_name;
    var danger = byId("now-danger");
    danger.replaceChildren.apply(danger, contact.danger.map(function (name) {
      return element("span", "危险：" + name, "chip danger");
    }));
    drawTalk();
    var live = contact.state === "human";
    byId("say").disabled = !live;
    byId("say-send").disabled = !live;
    byId("notes").disabled = contact.state === "closed";
    if (another) {
      byId("notes").value = contact.notes;
      byId("notes-state").textContent = "";
    }
    tick();
  }

  function drawTalk() {
    var talk = byId("talk");
    var lines = [];
    contact.before.forEach(function (earlier) {
      var box = element("div", null, "before");
      box.appendChild(element("p", "之前从" + earlier.door_name + "说过的（" + http.time(earlier.at) + "）", "muted small"));
      earlier.messages.forEach(function (message) { box.appendChild(drawLine(message)); });
      lines.push(box);
    });
    contact.messages.forEach(function (message) { lines.push(drawLine(message)); });
    if (contact.left_at) { lines.push(element("p", "对方已离开。请写完话务工单。", "muted")); }
    talk.replaceChildren.apply(talk, lines);
    talk.scrollTop = talk.scrollHeight;
  }

  function drawLine(message) {
    var line = element("div", null, "line " + message.speaker);
    line.appendChild(element("span", WORDS[message.speaker] + " " + http.time(message.at) +
      (message.speaker === "agent" && !message.carried ? " · 正在送达" : ""), "who"));
    line.appendChild(element("span", message.text, "words"));
    message.citations.forEach(function (cited) {
      line.appendChild(element("span", "《" + cited.law + "》" + cited.article, "cited"));
    });
    return line;
  }

  function tick() {
    var now = byId("now-time");
    if (contact && contact.answered_at && !contact.left_at) {
      now.textContent = "通话 " + elapsed(contact.answered_at);
    } else {
      now.textContent = "";
    }
    if (board) { drawRing(); }
  }

  function saveNotes() {
    if (!contact) { return Promise.resolve(); }
    var text = byId("notes").value;
    byId("notes-state").textContent = "正在保存…";
    keep(contact.id, text);
    return http.post("/desk/contacts/" + contact.id + "/notes", { notes: text }).then(function () {
      byId("notes-state").textContent = "已保存";
      keep(contact.id, null);
    }).catch(function (error) {
      byId("notes-state").textContent = "还没存上：" + error.message;
      notesTimer = setTimeout(saveNotes, 3000);
    });
  }

  // What the server has not confirmed stays in this browser tab until it has.
  function keep(id, text) {
    if (text === null) { sessionStorage.removeItem("notes:" + id); } else { sessionStorage.setItem("notes:" + id, text); }
  }

  function answer() {
    if (!board || !board.ring) { return; }
    http.post("/desk/accept", { contact: board.ring.contact, reservation: board.ring.reservation })
      .then(function (data) { return loadBoard().then(function () { return open(data.contact); }); })
      .catch(function (error) { fail(error); loadBoard(); });
  }

  byId("accept").addEventListener("click", answer);
  byId("decline").addEventListener("click", function () {
    if (!board.ring) { return; }
    http.post("/desk/decline", { contact: board.ring.contact, reservation: board.ring.reservation }).then(loadBoard).catch(fail);
  });
  byId("switch").addEventListener("click", function () {
    var ready = byId("switch").getAttribute("aria-checked") !== "true";
    http.post("/desk/presence", { ready: ready }).then(loadBoard).catch(fail);
  });
  byId("say-form").addEventListener("submit", function (event) {
    event.preventDefault();
    var box = byId("say");
    var text = box.value.trim();
    if (!text || !contact) { return; }
    var key = String(Date.now()) + "-" + Math.random().toString(36).slice(2, 10);
    http.post("/desk/contacts/" + contact.id + "/say", { text: text, key: key }).then(function () {
      box.value = "";
      return open(contact.id);
    }).catch(fail);
  });
  byId("say").addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId("say-form").requestSubmit();
    }
  });
  byId("notes").addEventListener("input", function () {
    clearTimeout(notesTimer);
    keep(contact.id, byId("notes").value);
    notesTimer = setTimeout(saveNotes, 600);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "F2") { event.preventDefault(); answer(); }
    if (event.key === "F9") { event.preventDefault(); byId("switch").click(); }
    if (event.key === "F8") { event.preventDefault(); byId("tab-finish").click(); byId("summary").focus(); }
  });
  window.fatongLive.on(function (news) {
    if (["ring", "queue", "seat", "promise", "connected"].indexOf(news.topic) >= 0) { loadBoard(); }
    if (contact && (news.topic === "contact" && news.reference === contact.id || news.topic === "connected")) {
      open(contact.id);
    }
  });
  setInterval(tick, 1000);
  setInterval(function () { if (board && board.seat) { http.post("/desk/seen").catch(function () {}); } }, 15000);

  window.fatongDesk = {
    onContact: function (listener) { listeners.push(listener); },
    contact: function () { return contact; },
    reload: function () { return contact ? open(contact.id) : Promise.resolve(); },
    forget: function () {
      finished = contact ? contact.id : finished;
      contact = null;
      byId("talk").replaceChildren(element("p", "接听后，对话会显示在这里，包括之前说过的话。", "empty muted"));
      byId("now-name").textContent = "没有通话";
      ["now-code", "now-door", "now-time", "now-danger"].forEach(function (id) { byId(id).textContent = ""; });
      ["say", "notes"].forEach(function (id) { byId(id).value = ""; byId(id).disabled = true; });
      byId("say-send").disabled = true;
      return loadBoard();
    },
    saveNotes: saveNotes,
    tell: tell
  };
  loadBoard().then(function () {
    if (contact) {
      var kept = sessionStorage.getItem("notes:" + contact.id);
      if (kept !== null && kept !== contact.notes) { byId("notes").value = kept; saveNotes(); }
    }
  });
})();
