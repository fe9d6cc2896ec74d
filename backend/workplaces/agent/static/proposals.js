// Facts heard in what the citizen said: nothing is recorded before somebody says yes.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var element = http.element;
  var desk = window.fatongDesk;
  var box = document.getElementById("proposals");
  var shown = "";

  function address() { return "/desk/contacts/" + desk.contact().id + "/proposals"; }

  function line(item) {
    var row = element("p", item.label + "：" + item.shown + "（听到“" + item.heard + "”）");
    if (item.doubt) { row.appendChild(element("span", item.doubt, "chip warning")); }
    var button = element("button", "是", "second");
    button.type = "button";
    button.setAttribute("aria-label", "登记" + item.label + "：" + item.shown);
    button.addEventListener("click", function () {
      button.disabled = true;
      http.post(address(), { code: item.code }).then(function () { return desk.reload(); })
        .catch(function (error) { button.disabled = false; desk.tell(error.message); });
    });
    row.appendChild(button);
    return row;
  }

  function draw(found) {
    var rows = found.proposals.map(line);
    found.unclear.forEach(function (item) {
      rows.push(element("p", item.label + "：" + item.why, "muted"));
    });
    if (rows.length) { rows.unshift(element("h3", "听到的，问准了再登记")); }
    var now = JSON.stringify(found);
    if (now !== shown) { box.replaceChildren.apply(box, rows); shown = now; }
  }

  desk.onContact(function () {
    http.get(address()).then(draw).catch(function (error) { desk.tell(error.message); });
  });
})();
