// Talks JSON to the server; an error carries the sentence the server wrote for a person.
(function () {
  "use strict";

  function read(response) {
    return response.json().catch(function () { return {}; }).then(function (data) {
      if (response.ok) { return data; }
      var error = new Error(data.title || "服务器没有答复，请稍后再试。");
      error.code = data.code || "unreachable";
      error.status = response.status;
      throw error;
    });
  }

  function unreachable() {
    var error = new Error("连接不上服务器，您写的内容还在，请稍后再试。");
    error.code = "unreachable";
    throw error;
  }

  window.fatongHttp = {
    get: function (path) {
      return fetch(path, { headers: { Accept: "application/json" } }).catch(unreachable).then(read);
    },
    post: function (path, body) {
      return fetch(path, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json" },
        body: JSON.stringify(body || {})
      }).catch(unreachable).then(read);
    },
    element: function (tag, text, className) {
      var node = document.createElement(tag);
      if (text !== undefined && text !== null) { node.textContent = text; }
      if (className) { node.className = className; }
      return node;
    },
    time: function (value) {
      var date = new Date(value);
      return String(date.getHours()).padStart(2, "0") + ":" + String(date.getMinutes()).padStart(2, "0");
    }
  };
})();
