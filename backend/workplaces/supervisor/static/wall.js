// Draws the wall again when something changed, at most once a second, never while one types.
(function () {
  "use strict";
  var due = false;
  window.fatongLive.on(function (news) {
    if (["queue", "contact", "promise", "alarm", "seat"].indexOf(news.topic) >= 0) { due = true; }
  });
  setInterval(function () {
    var typing = document.activeElement && /INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName);
    if (!due || typing || document.hidden) { return; }
    due = false;
    fetch(location.href, { headers: { Accept: "text/html" } }).then(function (answer) { return answer.text(); }).then(function (html) {
      var fresh = new DOMParser().parseFromString(html, "text/html").getElementById("wall");
      if (fresh) { document.getElementById("wall").replaceWith(fresh); }
    }).catch(function () { due = true; });
  }, 1000);
})();
