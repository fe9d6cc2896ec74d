// Papers of the case at hand: print a notice or a receipt, list what was printed.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var desk = window.fatongDesk;
  var byId = function (id) { return document.getElementById(id); };

  function fail(error) { desk.tell(error.message); }

  function address() { return "/desk/contacts/" + desk.contact().id + "/documents"; }

  function draw(papers) {
    byId("papers").replaceChildren.apply(byId("papers"), papers.map(function (paper) {
      var line = http.element("li");
      var link = http.element("a", paper.title + " " + paper.number + "." + paper.format);
      link.href = paper.url;
      line.appendChild(link);
      return line;
    }));
  }

  function load() {
    return http.get(address()).then(draw).catch(fail);
  }

  function print(button, template) {
    if (!desk.contact()) { return; }
    button.disabled = true;
    http.post(address(), { template: template }).then(function (paper) {
      window.location.assign(paper.url);
      return load();
    }).catch(fail).then(function () { button.disabled = false; });
  }

  // Evidence that a period began anew: a receipt for the citizen, kept on the case.
  function options(select, items) {
    select.replaceChildren.apply(select, items.map(function (item) {
      var option = http.element("option", item.name);
      option.value = item.code;
      return option;
    }));
  }

  byId("interruption").addEventListener("toggle", function () {
    if (!this.open || !desk.contact()) { return; }
    http.get("/desk/contacts/" + desk.contact().id + "/interruptible").then(function (found) {
      options(byId("interruption-clock"), found.clocks);
      options(byId("interruption-kind"), found.kinds);
      byId("interruption-form").hidden = !found.clocks.length;
      byId("interruption-none").hidden = found.clocks.length > 0;
    }).catch(fail);
  });
  byId("interruption-form").addEventListener("submit", function (event) {
    event.preventDefault();
    if (!desk.contact()) { return; }
    http.post(address(), {
      template: "interruption_receipt",
      clock: byId("interruption-clock").value,
      kind: byId("interruption-kind").value,
      on: byId("interruption-on").value,
      evidence: byId("interruption-evidence").value
    }).then(function (paper) {
      event.target.reset();
      byId("interruption").open = false;
      window.location.assign(paper.url);
      return load();
    }).catch(fail);
  });

  byId("print-notice").addEventListener("click", function () { print(this, "precondition_notice"); });
  byId("print-receipt").addEventListener("click", function () { print(this, "reception_receipt"); });
  Array.prototype.forEach.call(byId("apply").children, function (form) {
    form.addEventListener("submit", function (event) {
      if (!desk.contact()) { event.preventDefault(); return; }
      form.action = "/desk/contacts/" + desk.contact().id + "/apply/" + form.dataset.kind;
    });
  });
  desk.onContact(function (contact, another) { if (another) { load(); } });
})();
