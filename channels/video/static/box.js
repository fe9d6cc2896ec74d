// What the agent writes, on a television: five lines of eighteen characters, one page at a time.
(function () {
  "use strict";
  var LINES = 5;
  var WIDTH = 18;
  var NOT_FIRST = "，。、；：！？）》」』”’,.;:!?)";
  var panel = document.getElementById("words");
  var lines = document.getElementById("words-lines");
  var before = document.getElementById("words-before");
  var after = document.getElementById("words-after");
  var pages = [];
  var at = 0;

  function fold(text) {
    var rest = text.replace(/\s+/g, " ").trim();
    var found = [];
    while (rest) {
      var end = Math.min(WIDTH, rest.length);
      while (end > 1 && end < rest.length && NOT_FIRST.indexOf(rest.charAt(end)) >= 0) { end -= 1; }
      // A number such as 110 is never cut in two.
      var whole = end;
      while (whole > 0 && end < rest.length && /\d/.test(rest.charAt(whole - 1)) && /\d/.test(rest.charAt(whole))) { whole -= 1; }
      end = whole || end;
      found.push(rest.slice(0, end));
      rest = rest.slice(end).trim();
    }
    return found;
  }

  function draw() {
    lines.textContent = "";
    pages[at].forEach(function (line) {
      var row = document.createElement("p");
      row.textContent = line;
      lines.appendChild(row);
    });
    before.hidden = at === 0;
    after.hidden = at === pages.length - 1;
    panel.hidden = false;
  }

  function turn(step) {
    at = Math.max(0, Math.min(pages.length - 1, at + step));
    draw();
    var left = step > 0 ? after : before;
    (left.hidden ? (left === after ? before : after) : left).focus();
  }

  before.addEventListener("click", function () { turn(-1); });
  after.addEventListener("click", function () { turn(1); });

  window.fatongBox = {
    // The newest words, from their first page.
    say: function (text) {
      var all = fold(text);
      if (!all.length) { return; }
      pages = [];
      for (var from = 0; from < all.length; from += LINES) { pages.push(all.slice(from, from + LINES)); }
      at = 0;
      draw();
    }
  };
})();
