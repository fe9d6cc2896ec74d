// Arrows, OK, BACK and digits of a remote control. ES5: the oldest boxes must read it.
(function () {
  "use strict";
  var KEYS = window.FATONG_KEYS || { 13: "ok", 37: "left", 38: "up", 39: "right", 40: "down" };
  var PAUSE = 400; // milliseconds in which a second BACK is the same press
  var last = new Date().getTime();
  var hush = 0;

  function shown(node) {
    return node.offsetWidth > 0 && node.offsetHeight > 0 && !node.disabled;
  }

  function all() {
    var found = document.querySelectorAll("a[href],button,input:not([type=hidden])");
    return Array.prototype.filter.call(found, shown);
  }

  function place(node) {
    var box = node.getBoundingClientRect();
    return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2, box: box };
  }

  // Whether two places share a row (flat) or a column.
  function aligned(one, other, flat) {
    return flat ? one.top < other.bottom && other.top < one.bottom : one.left < other.right && other.left < one.right;
  }

  function here() {
    var node = document.activeElement;
    return node && node !== document.body && shown(node) ? node : null;
  }

  function next(direction) {
    var now = here();
    var from = place(now || document.querySelector("main"));
    var flat = direction === "left" || direction === "right";
    var best = null;
    var least = Infinity;
    all().forEach(function (node) {
      if (node === now) { return; }
      var to = place(node);
      var dx = to.x - from.x;
      var dy = to.y - from.y;
      var along = direction === "left" ? -dx : direction === "right" ? dx : direction === "up" ? -dy : dy;
      var cost = along + Math.abs(flat ? dy : dx) * 2;
      // What stands beside comes before what is nearer but stands elsewhere.
      if (!aligned(from.box, to.box, flat)) { cost += window.innerWidth * 2; }
      if (along > 2 && cost < least) { least = cost; best = node; }
    });
    return best;
  }

  function say(words) {
    var told = document.getElementById("said");
    if (!told) { return; }
    told.textContent = words;
    clearTimeout(hush);
    hush = setTimeout(function () { told.textContent = ""; }, 4000);
  }

  function go(node) {
    if (node.tagName !== "INPUT") { node.click(); return; }
    var button = node.form && node.form.querySelector("button");
    if (button) { button.click(); }
  }

  function back() {
    var to = document.body.getAttribute("data-back");
    var now = new Date().getTime();
    if (now - last < PAUSE) { return; }
    last = now;
    if (to === "/tv/leave") { leave(); } else if (to) { location.href = to; } else { window.close(); }
  }

  function leave() {
    wipe();
    location.replace("/tv/leave");
  }

  function wipe() {
    var main = document.querySelector("main");
    if (document.querySelector("[data-wipe],[data-digits]") && main) { main.innerHTML = ""; }
  }

  function type(field, digit) {
    var room = Number(field.getAttribute("maxlength")) || 40;
    field.focus();
    if (field.value.length < room) { field.value += digit; }
  }

  function digit(key) {
    var now = here();
    var field = document.querySelector("input[data-digits]");
    var node = Array.prototype.filter.call(document.querySelectorAll("[data-key='" + key + "']"), shown)[0];
    var own = now && now.form && now.form.querySelector("input[data-digits]");
    if (own && shown(own)) { type(own, key); }
    else if (node) { go(node); }
    else if (field && shown(field)) { type(field, key); }
    else { say("这一页没有 " + key + "，请看屏幕上的数字"); }
  }

  function press(name) {
    var now = here();
    if (name === "back") {
      if (now && now.tagName === "INPUT" && now.value) { now.value = now.value.slice(0, -1); return; }
      back();
    } else if (name === "leave") {
      leave();
    } else if (name === "ok") {
      if (now) { go(now); } else { start(); }
    } else if (/^\d$/.test(name)) {
      digit(name);
    } else {
      var node = next(name);
      if (node) { node.focus(); }
    }
  }

  function start() {
    var first = document.querySelector("[data-first]");
    if (!first || !shown(first)) {
      first = Array.prototype.filter.call(document.querySelectorAll("main a[href],main button"), shown)[0] || all()[0];
    }
    if (first) { first.focus(); }
  }

  function learn(title) {
    var asked = title.getAttribute("data-asked").split(" ");
    var codes = [];
    var at = 0;
    document.addEventListener("keydown", function (event) {
      var code = event.keyCode;
      var now = new Date().getTime();
      event.preventDefault();
      if (code === 48 || code === 96) { location.replace("/tv/keys"); return; }
      if (now - at < PAUSE || (code > 48 && code < 58)) { return; }
      at = now;
      if (codes.indexOf(code) >= 0) { say("这个键按过了，请按“" + asked[codes.length] + "”键"); return; }
      codes.push(code);
      if (codes.length < asked.length) {
        title.textContent = "请按一下您的“" + asked[codes.length] + "”键";
        return;
      }
      title.textContent = "学会了";
      document.getElementById("codes").value = codes.join(".");
      document.getElementById("learned").submit();
    });
  }

  window.addEventListener("pagehide", wipe);
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { location.replace("/tv/"); }
  });
  var title = document.getElementById("learn");
  if (title) { learn(title); return; }
  document.addEventListener("keydown", function (event) {
    var name = KEYS[event.keyCode];
    if (!name || event.altKey || event.ctrlKey || event.metaKey) { return; }
    if (name === "back" && !document.body.getAttribute("data-back")) { window.close(); return; }
    event.preventDefault();
    press(name);
  });
  start();
})();
