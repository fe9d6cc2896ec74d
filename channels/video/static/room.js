// The citizen's side: check the devices, wait, talk. The server holds the state; this page shows it.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var media = window.fatongMedia;
  var byId = function (id) { return document.getElementById(id); };
  var root = byId("video");
  var base = root.getAttribute("data-base");
  var iceServers = JSON.parse(root.getAttribute("data-ice") || "[]");
  var STEPS = ["check", "wait", "room", "callback", "text", "code", "over"];
  var NAMES = { citizen: "我", system: "法通", agent: "工作人员" };
  var stream = null;
  var asked = false;
  var link = null;
  var session = "";
  var joining = false;
  var retryAt = 0;
  var seen = 0;
  var state = null;
  var over = false;
  var timer = null;
  var pending = {};
  var shownStep = "";

  function show(names) {
    if (names[0] !== "over") { names = names.concat("code"); }
    // Not every page has every step: a television joins a case on a screen of its own.
    STEPS.filter(function (name) { return byId("step-" + name); }).forEach(function (name) {
      byId("step-" + name).hidden = names.indexOf(name) < 0;
    });
    if (shownStep !== names[0]) {
      shownStep = names[0];
      if (root.getAttribute("data-box")) { focusFirst(); }
    }
  }

  // A remote control has no pointer: what can be pressed next is the one that is lit.
  function focusFirst() {
    var buttons = byId("step-" + shownStep).querySelectorAll("button:not([hidden])");
    if (buttons.length) { buttons[0].focus(); }
  }

  function problem(text) {
    byId("problem").textContent = text || "";
    byId("problem").hidden = !text;
  }

  function check() {
    asked = true;
    problem("");
    return media.devices(true).catch(function (error) {
      return media.devices(false).then(function (sound) {
        problem(error.message + " 话筒可以用，可以只用声音。");
        return sound;
      }, function () { throw error; });
    }).then(function (found) {
      stream = found;
      byId("preview").srcObject = found;
      byId("mine").srcObject = found;
      byId("preview-none").hidden = found.getVideoTracks().length > 0;
      byId("preview-none").textContent = "没有画面，只用声音。";
      byId("mic").textContent = found.getAudioTracks().length ? "话筒已打开：" + (found.getAudioTracks()[0].label || "默认话筒") : "没有话筒，可以打字。";
      byId("check").hidden = true;
      byId("queue").hidden = false;
      byId("queue").focus();
    }).catch(function (error) {
      problem(error.message);
      byId("check").textContent = "再试一次";
    });
  }

  function start() {
    problem("");
    return http.post(base + "/start").then(take).catch(fail);
  }

  function fail(error) { problem(error.message); }

  function look() {
    clearTimeout(timer);
    if (over) { return; }
    http.post(base + "/state", { after: seen }).then(function (shown) {
      byId("offline") && (byId("offline").hidden = true);
      take(shown);
    }).catch(function (error) {
      if (error.code === "unreachable" && byId("offline")) { byId("offline").hidden = false; } else { fail(error); }
    }).then(function () { timer = setTimeout(look, 1500); });
  }

  function take(shown) {
    if (over) { return; }
    state = shown;
    if (shown.state === "none") { byId("state").textContent = "还没有开始"; show(["check"]); return; }
    byId("state").textContent = shown.name;
    byId("code").textContent = shown.code ? "案件编码 " + shown.code : "";
    byId("danger").hidden = !shown.danger;
    shown.messages.forEach(draw);
    if (shown.state === "bot") { atBot(shown); }
    if (shown.state === "waiting") { atWaiting(shown); }
    if (shown.state === "human") { atRoom(shown); }
    if (shown.state === "callback") { end("我们会给您打电话", "请在" + shown.promise + "保持电话畅通。这一页可以关了。", true); }
    if (shown.state === "wrap" || shown.state === "closed") { end("这次视频咨询结束了", "案件编码 " + shown.code + "，以后打 12348 或在电视、网页上报这个编码，就能接着问。", false); }
  }

  function atBot(shown) {
    if (shown.full) {
      byId("place").textContent = "现在视频的人多，画面会不清楚";
      byId("wait-hint").textContent = "不想让您看卡住的画面。可以留电话等我们打过来，也可以先把事情写在下面。";
      byId("callback-title").textContent = "留电话，我们打给您";
      show(["wait", "callback", "text"]);
      return;
    }
    show(seen ? ["check", "text"] : ["check"]);
  }

  function atWaiting(shown) {
    hangUpLink();
    var text = shown.ahead ? "前面还有 " + shown.ahead + " 位" : "您是下一位";
    if (shown.minutes) { text += "，大约要等 " + shown.minutes + " 分钟"; }
    byId("place").textContent = text;
    byId("callback-title").textContent = shown.seats === 0 ? "现在没有空闲的工作人员，可以留电话等回电" : "不想等，也可以留电话";
    show(["wait", "callback", "text"]);
    if (!stream && !asked) { check(); }
  }

  function atRoom(shown) {
    show(failedForGood() ? ["room", "callback", "text"] : ["room", "text"]);
    if (shown.session && session && shown.session !== session) {
      end("已经换到另一台设备上", "画面在另一台设备上继续，这里可以关了。", true);
      return;
    }
    byId("theirs-none").textContent = shown.agent_here ? "正在等对方的画面…" : "工作人员的画面还没有接上，请稍等。";
    if (link || joining || Date.now() < retryAt) { return; }
    joining = true;
    var ready = stream || asked ? Promise.resolve() : check();
    ready.then(join).then(function () { problem(""); }).catch(function (error) {
      retryAt = Date.now() + 4000;
      tries += 1;
      problem(error.message);
    }).then(function () { joining = false; });
  }

  var tries = 0;
  function failedForGood() { return tries >= 2; }

  function join() {
    return media.connect({
      iceServers: iceServers,
      kinds: ["audio", "video"],
      stream: stream,
      onStream: function (heard) {
        byId("theirs").srcObject = heard;
        var played = byId("theirs").play();
        if (played && played.catch) { played.catch(function () { problem("请点一下画面，打开声音。"); }); }
      },
      onState: function (name) {
        if (name === "failed" || name === "closed" || name === "disconnected") { lost(name); }
      },
      post: function (offer) { return http.post(base + "/offer", offer); }
    }).then(function (made) {
      link = made.connection;
      session = made.answer.session;
      tries = 0;
    });
  }

  function lost(name) {
    if (over || !link) { return; }
    if (name === "disconnected") {
      var held = link;
      setTimeout(function () { if (link === held && link.connectionState === "disconnected") { lost("failed"); } }, 4000);
      return;
    }
    hangUpLink();
    problem("画面断了一下，正在重新接。");
    retryAt = Date.now() + 1000;
  }

  function hangUpLink() {
    if (!link) { return; }
    var old = link;
    link = null;
    session = "";
    old.close();
    byId("theirs").srcObject = null;
    byId("theirs-none").hidden = false;
  }

  function end(title, text, kept) {
    over = true;
    clearTimeout(timer);
    hangUpLink();
    if (stream) { stream.getTracks().forEach(function (track) { track.stop(); }); stream = null; }
    problem("");
    byId("state").textContent = title;
    byId("over-title").textContent = title;
    byId("over-text").textContent = text;
    byId("again").hidden = kept;
    show(["over"]);
  }

  function draw(message) {
    if (message.sequence <= seen) { return; }
    seen = message.sequence;
    if (root.getAttribute("data-box")) {
      if (message.speaker === "agent") { window.fatongBox.say(message.text); }
      return;
    }
    var line = http.element("div", null, "said " + message.speaker);
    line.appendChild(http.element("span", NAMES[message.speaker] + " " + http.time(message.at), "who"));
    line.appendChild(http.element("span", message.text, "words"));
    message.citations.forEach(function (cited) {
      var details = http.element("details");
      details.appendChild(http.element("summary", "《" + cited.law + "》" + cited.article));
      details.appendChild(http.element("blockquote", cited.quote));
      line.appendChild(details);
    });
    byId("log").appendChild(line);
    byId("log").scrollTop = byId("log").scrollHeight;
  }

  function say(text) {
    // The same words keep their key until they have arrived, so that a repeat is harmless.
    var key = pending[text] || (pending[text] = String(Date.now()) + "-" + Math.random().toString(36).slice(2, 10));
    return http.post(base + "/say", { text: text, key: key }).then(function () {
      delete pending[text];
      byId("say").value = "";
      problem("");
      look();
    }).catch(fail);
  }

  function toggle(button, kind, on, off) {
    button.addEventListener("click", function () {
      var tracks = stream ? stream.getTracks().filter(function (track) { return track.kind === kind; }) : [];
      var pressed = button.getAttribute("aria-pressed") !== "true";
      tracks.forEach(function (track) { track.enabled = !pressed; });
      button.setAttribute("aria-pressed", pressed ? "true" : "false");
      (button.querySelector("span") || button).textContent = pressed ? on : off;
    });
  }

  byId("theirs").addEventListener("playing", function () { byId("theirs-none").hidden = this.videoWidth > 0; });
  byId("theirs").addEventListener("resize", function () { byId("theirs-none").hidden = this.videoWidth > 0; });
  byId("theirs").addEventListener("click", function () { this.play(); });
  byId("check").addEventListener("click", check);
  byId("queue").addEventListener("click", function () { start().then(look); });
  byId("without").addEventListener("click", function () { asked = true; start().then(look); });
  byId("hang").addEventListener("click", function () {
    http.post(base + "/leave", { reason: "hung_up" }).then(function () {
      end("您挂断了", "案件编码 " + state.code + "，以后报这个编码就能接着问。", false);
    }).catch(fail);
  });
  byId("again").addEventListener("click", function () { location.reload(); });
  byId("callback-form").addEventListener("submit", function (event) {
    event.preventDefault();
    http.post(base + "/callback", { phone: byId("phone").value }).then(function () { problem(""); look(); }).catch(fail);
  });
  toggle(byId("mute"), "audio", "打开话筒", "关掉话筒");
  toggle(byId("blank"), "video", "打开画面", "关掉画面");
  if (byId("say-form")) {
    byId("say-form").addEventListener("submit", function (event) {
      event.preventDefault();
      if (byId("say").value.trim()) { say(byId("say").value.trim()); }
    });
  }
  if (byId("large")) {
    byId("large").addEventListener("click", function () {
      var on = document.body.classList.toggle("large");
      this.setAttribute("aria-pressed", on ? "true" : "false");
    });
  }
  look();
})();
