// The right column: answer and articles, facts, routing, what is done about it.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var element = http.element;
  var desk = window.fatongDesk;
  var byId = function (id) { return document.getElementById(id); };
  var tabs = Array.prototype.slice.call(document.querySelectorAll("[role=tab]"));

  function select(tab) {
    tabs.forEach(function (other) {
      var chosen = other === tab;
      other.setAttribute("aria-selected", chosen ? "true" : "false");
      other.tabIndex = chosen ? 0 : -1;
      byId(other.getAttribute("aria-controls")).hidden = !chosen;
    });
  }

  tabs.forEach(function (tab, index) {
    tab.addEventListener("click", function () { select(tab); });
    tab.addEventListener("keydown", function (event) {
      var step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (step) {
        var next = tabs[(index + step + tabs.length) % tabs.length];
        select(next);
        next.focus();
      }
    });
  });

  var drawn = "";

  function fail(error) { desk.tell(error.message); }

  function drawAnswer(answer) {
    var box = byId("answer");
    if (!answer) { return; }
    var parts = [];
    if (answer.basis !== "found") {
      parts.push(element("p", answer.reason || "没有查到依据。", "notice warning"));
    } else {
      if (answer.title) { parts.push(element("h3", answer.title)); }
      parts.push(element("p", answer.answer, "answer-text"));
    }
    if (answer.mongolian) {
      var mongolian = element("p", answer.mongolian, "mongolian");
      mongolian.lang = "mn-Mong";
      parts.push(mongolian);
    }
    if (answer.script) { parts.push(element("p", "可以这样说：" + answer.script, "notice")); }
    list(parts, "下一步", answer.steps);
    (answer.deadlines || []).forEach(function (item) {
      parts.push(element("p", item.text + (item.due ? "（" + item.due + "）" : "") + " · 依据 " + item.basis, "chip warning"));
    });
    (answer.citations || []).forEach(function (cited) {
      parts.push(element("h3", "《" + cited.law + "》" + cited.article));
      parts.push(element("blockquote", cited.quote));
      parts.push(element("p", cited.in_force_from + "起施行", "muted small"));
    });
    similar(parts, answer.similar || []);
    if (answer.review) { parts.push(element("p", standing(answer.review), "muted small")); }
    parts.push(doubt(answer));
    box.replaceChildren.apply(box, parts);
  }

  function lookUp(asked) {
    http.get("/desk/search?q=" + encodeURIComponent(asked)).then(drawAnswer).catch(fail);
  }

  // Other entries that came near: one press looks them up.
  function similar(parts, entries) {
    if (!entries.length) { return; }
    parts.push(element("h3", "相近的条目"));
    var row = element("div", null, "actions");
    entries.forEach(function (other) {
      var button = element("button", other.title, "second");
      button.type = "button";
      button.addEventListener("click", function () { byId("search").value = other.title; lookUp(other.title); });
      row.appendChild(button);
    });
    parts.push(row);
  }

  // Readers are told what was checked and what was not.
  function standing(review) {
    var lawyer = review.split("reviewed by a lawyer: ")[1] || "not yet";
    return "已对照法条核对；律师审核：" + (lawyer === "not yet" ? "尚未" : lawyer);
  }

  function doubt(answer) {
    var box = element("details");
    box.appendChild(element("summary", "这条不对"));
    var form = element("form");
    var label = element("label", "哪里不对（编辑三个工作日内答复）");
    label.htmlFor = "doubt";
    var what = element("textarea");
    what.id = "doubt";
    what.rows = 2;
    what.maxLength = 2000;
    what.required = true;
    var actions = element("div", null, "actions");
    var button = element("button", "提交纠错", "second");
    button.type = "submit";
    actions.appendChild(button);
    form.append(label, what, actions);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var contact = desk.contact();
      http.post("/desk/flag", {
        what: what.value, question: answer.question || "", entry: answer.entry || "",
        snapshot: answer.snapshot || "", contact: contact ? contact.id : ""
      }).then(function () {
        box.replaceChildren(element("p", "已交给编辑，三个工作日内答复。", "muted"));
      }).catch(fail);
    });
    box.appendChild(form);
    return box;
  }

  function list(parts, title, items) {
    if (!items || !items.length) { return; }
    parts.push(element("h3", title));
    var ol = element("ol");
    items.forEach(function (item) { ol.appendChild(element("li", item)); });
    parts.push(ol);
  }

  function drawFacts(facts) {
    var box = byId("facts");
    if (!facts.length) {
      box.replaceChildren(element("p", "还没有登记要素。问到的写在下面，登记一次，别处不会再问。", "muted"));
      return;
    }
    var dl = element("dl", null, "facts");
    facts.forEach(function (fact) {
      dl.appendChild(element("dt", fact.label));
      var dd = element("dd", fact.shown);
      if (fact.conflict.length) {
        dd.appendChild(document.createTextNode(" "));
        dd.appendChild(element("span", "另有说法：" + fact.conflict.join("、"), "chip warning"));
      }
      dl.appendChild(dd);
    });
    box.replaceChildren(dl);
  }

  function drawQuestions(questions) {
    var form = byId("facts-form");
    var parts = [];
    questions.forEach(function (item) {
      var id = "fact-" + item.code;
      var label = element("label", item.question);
      label.htmlFor = id;
      parts.push(label);
      parts.push(field(item, id));
    });
    if (questions.length) {
      var actions = element("div", null, "actions");
      var button = element("button", "登记");
      button.type = "submit";
      actions.appendChild(button);
      parts.push(actions);
    } else {
      parts.push(element("p", "眼下没有会影响结论的问题。", "muted"));
    }
    form.replaceChildren.apply(form, parts);
  }

  function field(item, id) {
    var input;
    if (item.choices) {
      input = element("select");
      input.appendChild(new Option("还没问", ""));
      item.choices.forEach(function (choice) { input.appendChild(new Option(choice.label, JSON.stringify(choice.value))); });
      input.appendChild(new Option("说不清", JSON.stringify("unknown")));
    } else {
      input = element("input");
      input.type = item.type === "date" ? "date" : item.type === "number" ? "number" : "text";
    }
    input.id = id;
    input.dataset.code = item.code;
    input.dataset.type = item.type;
    return input;
  }

  function loadRouting() {
    var contact = desk.contact();
    if (!contact) { return Promise.resolve(); }
    return http.get("/desk/contacts/" + contact.id + "/questions").then(function (data) {
      drawQuestions(data.questions);
      drawDecision(data.decision);
    }).catch(fail);
  }

  function drawDecision(decision) {
    var box = byId("decision");
    if (!decision) { return; }
    var parts = [element("p", decision.explanation.join ? decision.explanation.join("") : decision.explanation)];
    if (decision.precondition !== "NONE") {
      parts.push(element("p", "必须先走：" + decision.precondition_name, "notice warning"));
    }
    decision.deadlines.forEach(function (item) {
      parts.push(element("p", item.name + " " + item.due + left(item) + (item.provisional ? "（暂定：" + item.reason + "）" : ""), "chip " + item.colour));
    });
    group(parts, "推荐", decision.recommended, true);
    group(parts, "也可以", decision.possible, true);
    group(parts, "现在不行", decision.blocked, false);
    list(parts, "依据", decision.cite.map(function (cited) { return "《" + cited.law + "》" + cited.article; }));
    if (decision.review) { parts.push(element("p", decision.review, "muted small")); }
    box.replaceChildren.apply(box, parts);
  }

  function left(item) {
    return item.days_left < 0 ? "，已过 " + (-item.days_left) + " 天" : "，还有 " + item.days_left + " 天";
  }

  function group(parts, title, channels, choosable) {
    if (!channels.length) { return; }
    parts.push(element("h3", title));
    channels.forEach(function (item) {
      var row = element("p");
      row.appendChild(element("strong", item.name));
      if (item.reason) { row.appendChild(document.createTextNode("：" + item.reason)); }
      if (item.body) { row.appendChild(element("span", "（" + item.body + "）", "muted")); }
      if (choosable) {
        var button = element("button", "选这个", "second");
        button.type = "button";
        button.addEventListener("click", function () { choose(item); });
        row.appendChild(document.createTextNode(" "));
        row.appendChild(button);
      }
      parts.push(row);
    });
  }

  function choose(item) {
    var contact = desk.contact();
    http.post("/desk/contacts/" + contact.id + "/choose", { channel: item.code }).then(function () {
      desk.tell("已记下选择：" + item.name, "good");
      var select_ = byId("refer-channel");
      if (Array.prototype.some.call(select_.options, function (option) { return option.value === item.code; })) {
        select_.value = item.code;
        loadBodies();
        select(byId("tab-finish"));
      }
    }).catch(fail);
  }

  function loadBodies() {
    var contact = desk.contact();
    if (!contact) { return; }
    var query = "?channel=" + byId("refer-channel").value + "&region=" + contact.region + "&matter=" + contact.matter;
    http.get("/desk/organisations" + query).then(function (bodies) {
      var box = byId("refer-organisation");
      box.replaceChildren.apply(box, bodies.map(function (body) { return new Option(body.name, body.code); }));
    }).catch(fail);
  }

  byId("decide").addEventListener("click", function () {
    var contact = desk.contact();
    if (!contact) { return; }
    http.post("/desk/contacts/" + contact.id + "/route").then(loadRouting).catch(fail);
  });
  byId("facts-form").addEventListener("submit", function (event) {
    event.preventDefault();
    var values = {};
    Array.prototype.forEach.call(this.elements, function (input) {
      if (!input.dataset.code || input.value === "") { return; }
      values[input.dataset.code] = input.tagName === "SELECT" ? JSON.parse(input.value)
        : input.dataset.type === "number" ? Number(input.value) : input.value;
    });
    http.post("/desk/contacts/" + desk.contact().id + "/facts", { values: values }).then(function (data) {
      drawFacts(data.facts);
      return loadRouting();
    }).catch(fail);
  });
  byId("name-form").addEventListener("submit", function (event) {
    event.preventDefault();
    http.post("/desk/contacts/" + desk.contact().id + "/person", { name: byId("name").value }).then(desk.reload).catch(fail);
  });
  byId("search-form").addEventListener("submit", function (event) {
    event.preventDefault();
    lookUp(byId("search").value);
  });
  byId("refer-channel").addEventListener("change", loadBodies);
  byId("refer-form").addEventListener("submit", function (event) {
    event.preventDefault();
    http.post("/desk/contacts/" + desk.contact().id + "/refer", {
      organisation: byId("refer-organisation").value, channel: byId("refer-channel").value, note: byId("refer-note").value
    }).then(function () { desk.tell("已转出，等对方受理。", "good"); return desk.reload(); }).catch(fail);
  });
  byId("order-organisation").addEventListener("input", function () {
    var text = this.value.trim();
    if (text.length < 2) { return; }
    http.get("/desk/organisations?q=" + encodeURIComponent(text)).then(function (bodies) {
      var box = byId("organisations");
      box.replaceChildren.apply(box, bodies.map(function (body) { return new Option(body.name, body.code); }));
    }).catch(fail);
  });
  byId("order-form").addEventListener("submit", function (event) {
    event.preventDefault();
    http.post("/desk/contacts/" + desk.contact().id + "/order", {
      title: byId("order-title").value, organisation: byId("order-organisation").value, urgent: byId("order-urgent").checked
    }).then(function (data) { desk.tell("已开工单 " + data.number, "good"); return desk.reload(); }).catch(fail);
  });
  byId("finish-form").addEventListener("submit", function (event) {
    event.preventDefault();
    var satisfied = byId("satisfied").value;
    var id = desk.contact().id;
    desk.saveNotes().then(function () {
      return http.post("/desk/contacts/" + id + "/finish", {
        summary: byId("summary").value, outcome: byId("outcome").value,
        satisfied: satisfied ? Number(satisfied) : null, matter: desk.contact().matter
      });
    }).then(function () {
      byId("summary").value = "";
      desk.tell("话务工单已写好。", "good");
      return desk.forget();
    }).catch(fail);
  });

  desk.onContact(function (contact, another) {
    // What is being typed under an answer must outlive a refresh that brings nothing new.
    var news = JSON.stringify(contact.answer || null);
    if (another || news !== drawn) { drawAnswer(contact.answer); }
    drawn = news;
    drawFacts(contact.facts);
    byId("referrals").replaceChildren.apply(byId("referrals"), contact.referrals.map(function (item) {
      var names = { offered: "等待受理", accepted: "已受理", declined: "未受理", expired: "超期未答", withdrawn: "已撤回" };
      return element("li", item.organisation + " · " + names[item.state]);
    }));
    if (another) {
      byId("name").value = contact.person.name;
      select(byId("tab-answer"));
      loadBodies();
      loadRouting();
    }
  });
})();
