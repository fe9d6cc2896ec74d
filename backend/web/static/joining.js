// 我有案件编号: two codes, one at a time; then the conversation goes on with that case.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var byId = function (id) { return document.getElementById(id); };
  var form = byId("case-form");
  var base = form.getAttribute("data-base");
  var button = byId("have-code");
  var input = byId("case-input");
  var code = "";

  function ask(words, next) {
    byId("case-label").textContent = words;
    byId("case-next").textContent = next;
    input.value = "";
    input.focus();
  }

  function problem(text) {
    byId("case-problem").textContent = text || "";
    byId("case-problem").hidden = !text;
  }

  function begin() {
    code = "";
    problem("");
    ask("您的案件编码（十位数字，在短信、回执或屏幕上）", "下一步");
  }

  function close() {
    form.hidden = true;
    button.setAttribute("aria-expanded", "false");
  }

  function refused(error) {
    problem(error.message);
    input.select();
    if (error.code === "code_tries" || error.code === "another_case") { byId("case-next").disabled = true; }
  }

  function find() {
    return http.post(base + "/case", { code: input.value }).then(function (found) {
      code = found.code;
      ask(found.sent ? "查询码发到了案件上的手机，请输入六位查询码" : found.title, "接着办");
    });
  }

  function join() {
    return http.post(base + "/case/join", { code: code, phone_code: input.value }).then(close);
  }

  button.addEventListener("click", function () {
    if (!form.hidden) { close(); return; }
    form.hidden = false;
    button.setAttribute("aria-expanded", "true");
    begin();
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    problem("");
    (code ? join() : find()).catch(refused);
  });
})();
