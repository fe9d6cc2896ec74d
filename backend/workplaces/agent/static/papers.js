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
