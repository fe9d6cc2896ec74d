// What was heard in the citizen's own words: it becomes a fact when the citizen says that it is so.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var box = document.getElementById("proposals");
  var refused = {};
  var timer = 0;

  function name(item) { return item.code + "=" + JSON.stringify(item.value); }

  function button(text, label, press) {
    var made = http.element("button", text, "second");
    made.type = "button";
    made.setAttribute("aria-label", text + "，" + label);
    made.addEventListener("click", press);
    return made;
  }

  function row(item) {
    var label = item.label + "：" + item.shown;
    var line = http.element("p", label, "proposal");
    if (item.doubt) { line.appendChild(http.element("span", "（是个大概，说准了更好）", "muted")); }
    line.appendChild(button("对", label, function () {
      this.disabled = true;
      http.post("/chat/proposals", { code: item.code }).then(draw).catch(look);
    }));
    line.appendChild(button("不对", label, function () {
      refused[name(item)] = true;
      line.remove();
      if (box.children.length < 2) { box.replaceChildren(); }
    }));
    return line;
  }

  function draw(found) {
    var rows = found.proposals.filter(function (item) { return !refused[name(item)]; }).map(row);
    if (rows.length) { rows.unshift(http.element("p", "我听到的，对吗？对的才会记到案件里。", "muted")); }
    box.replaceChildren.apply(box, rows);
  }

  // Some sentences come at once; the last of them is asked for.
  function look() {
    clearTimeout(timer);
    timer = setTimeout(function () { http.get("/chat/proposals").then(draw).catch(function () {}); }, 300);
  }

  window.fatongProposals = { look: look };
})();
