// Arrows, OK, BACK and digits of a remote control. ES5: the oldest boxes must read it.
(function () {
  "use strict";
  var KEYS = { 13: "ok", 37: "left", 38: "up", 39: "right", 40: "down", 8: "back", 27: "back", 461: "back", 10009: "back" };
  var last = 0;
  try {
    var own = JSON.parse(localStorage.getItem("fatong-keys") || "null");
    if (own) { KEYS = own; }
  } catch (error) { last = 0; }

  function all() {
    return Array.prototype.slice.call(document.querySelectorAll("a[href],button,input:not([type=hidden])"));
  }

  function middle(node) {
    var box = node.getBoundingClientRect();
    return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  }

  function next(direction) {
    var here = document.activeElement;
    var from = middle(here && here !== document.body ? here : document.querySelector("main"));
    var best = null;
    var least = Infinity;
    all().forEach(function (node) {
      if (node === here) { return; }
      var to = middle(node);
      var dx = to.x - from.x;
      var dy = to.y - from.y;
      var along = direction === "left" ? -dx : direction === "right" ? dx : direction === "up" ? -dy : dy;
      var across = direction === "left" || direction === "right" ? Math.abs(dy) : Math.abs(dx);
      if (along < 2) { return; }
      var cost = along + across * 2;
      if (cost < least) { least = cost; best = node; }
    });
    return best;
  }

  function go(node) {
    if (node.tagName === "A") { location.href = node.href; } else { node.click(); }
  }

  function back() {
    var to = document.body.getAttribute("data-back");
    var now = new Date().getTime();
    if (now - last < 400) { return; }
    last = now;
    if (to) { location.href = to; } else { window.close(); }
  }

  function digit(key) {
    var here = document.activeElement;
    if (here && here.tagName === "INPUT") { return false; }
    var field = document.querySelector("input[data-digits]");
    var node = document.querySelector("[data-key='" + key + "']");
    if (node) { go(node); return true; }
    if (field) { field.focus(); field.value += key; return true; }
    return false;
  }

  document.addEventListener("keydown", function (event) {
    var code = event.keyCode;
    var here = document.activeElement;
    var typing = here && here.tagName === "INPUT";
    var name = KEYS[code];
    var number = code >= 48 && code <= 57 ? code - 48 : code >= 96 && code <= 105 ? code - 96 : -1;
    if (typing && code === 8 && here.value) { return; }
    if (number >= 0 && digit(String(number))) { event.preventDefault(); return; }
    if (!name) { return; }
    if (name === "ok") {
      if (here && here.tagName === "A") { event.preventDefault(); go(here); }
      return;
    }
    event.preventDefault();
    if (name === "back") { back(); return; }
    var node = next(name);
    if (node) { node.focus(); }
  });

  var first = document.querySelector("main input:not([type=hidden])") || document.querySelector("main a[href],main button") || document.querySelector("footer a");
  if (first) { first.focus(); }
  if (window.performance && performance.navigation && performance.navigation.type === 2) { location.reload(); }
})();
