// Keeps what is typed in fields marked data-keep until the form is sent, also without a network.
(function () {
  "use strict";
  Array.prototype.forEach.call(document.querySelectorAll("[data-keep]"), function (field) {
    var key = "keep:" + field.dataset.keep;
    var kept = localStorage.getItem(key);
    if (kept && !field.value) { field.value = kept; }
    field.addEventListener("input", function () { localStorage.setItem(key, field.value); });
    if (field.form) {
      field.form.addEventListener("submit", function (event) {
        if (!navigator.onLine) {
          event.preventDefault();
          var banner = document.getElementById("offline");
          if (banner) { banner.hidden = false; }
          return;
        }
        localStorage.removeItem(key);
      });
    }
  });
})();
