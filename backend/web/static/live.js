// Listens to the server's news and tells the page; the page fetches what it may see.
(function () {
  "use strict";
  var listeners = [];
  var banner = document.getElementById("offline");
  var last = document.body.getAttribute("data-news") || "";
  var timer = null;
  var lost = null;

  function connect() {
    var source = new EventSource("/live" + (last ? "?after=" + encodeURIComponent(last) : ""));
    source.addEventListener("ready", function (event) {
      last = event.lastEventId || last;
      clearTimeout(lost);
      lost = null;
      if (banner) { banner.hidden = true; }
      tell({ topic: "connected", reference: "" });
    });
    source.addEventListener("news", function (event) {
      last = event.lastEventId;
      tell(JSON.parse(event.data));
    });
    source.onerror = function () {
      // The server ends every stream after a while; only a break that lasts is told.
      if (banner && lost === null) {
        lost = setTimeout(function () { banner.hidden = false; }, 4000);
      }
      if (source.readyState === EventSource.CLOSED && timer === null) {
        timer = setTimeout(function () { timer = null; connect(); }, 2000);
      }
    };
  }

  function tell(news) {
    listeners.forEach(function (listener) { listener(news); });
  }

  window.fatongLive = {
    on: function (listener) { listeners.push(listener); }
  };
  connect();
})();
