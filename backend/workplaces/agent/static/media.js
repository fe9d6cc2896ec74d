// Sound of calls and picture of video contacts, at the desk.
(function () {
  "use strict";
  var http = window.fatongHttp;
  var media = window.fatongMedia;
  var desk = window.fatongDesk;
  var byId = function (id) { return document.getElementById(id); };
  var settings = null;
  var open = null;
  var opening = false;
  var leftAlone = "";
  var timer = null;
  var TYPED = byId("say").placeholder;

  function kindOf(contact) {
    if (!contact || contact.state !== "human") { return ""; }
    if (contact.door === "phone") { return "sound"; }
    return contact.door === "video" || contact.door === "tv" ? "video" : "";
  }

  function path(kind, rest) { return "/desk/contacts/" + desk.contact().id + "/" + kind + (rest || ""); }

  // A page that was allowed once joins by itself; otherwise the button asks, so that no question pops up.
  function allowed(kind) {
    if (!navigator.permissions || !navigator.permissions.query) { return Promise.resolve(false); }
    var names = kind === "video" ? ["microphone", "camera"] : ["microphone"];
    return Promise.all(names.map(function (name) { return navigator.permissions.query({ name: name }); }))
      .then(function (found) { return found.every(function (one) { return one.state === "granted"; }); })
      .catch(function () { return false; });
  }

  // A telephone speaks µ-law: offered first, it goes through the house untouched.
  function preferMulaw(connection) {
    connection.getTransceivers().forEach(function (one) {
      var codecs = RTCRtpReceiver.getCapabilities("audio").codecs;
      var mulaw = codecs.filter(function (codec) { return codec.mimeType.toLowerCase() === "audio/pcmu"; });
      if (one.setCodecPreferences && mulaw.length) {
        one.setCodecPreferences(mulaw.concat(codecs.filter(function (codec) { return mulaw.indexOf(codec) < 0; })));
      }
    });
  }

  function join(kind) {
    var contact = desk.contact();
    if (opening || !contact) { return Promise.resolve(); }
    opening = true;
    leftAlone = "";
    say("正在打开" + (kind === "video" ? "摄像头和话筒…" : "话筒…"));
    var asked = settings ? Promise.resolve(settings) : http.get("/desk/media");
    return asked.then(function (data) {
      settings = data;
      return devices(kind);
    }).then(function (stream) {
      say("正在接通…");
      return connect(kind, contact, stream);
    }).catch(function (error) {
      desk.tell(error.message);
      say("还没有接通。打字一样能和对方说。");
    }).then(function () {
      opening = false;
      draw();
    });
  }

  function devices(kind) {
    return media.devices(kind === "video").catch(function (error) {
      if (kind !== "video") { throw error; }
      return media.devices(false).catch(function () { return null; });
    });
  }

  function connect(kind, contact, stream) {
    return media.connect({
      iceServers: settings.ice_servers,
      kinds: kind === "video" ? ["audio", "video"] : ["audio"],
      stream: stream,
      prepare: kind === "sound" ? preferMulaw : null,
      onStream: function (heard) { byId(kind === "video" ? "theirs" : "caller-sound").srcObject = heard; },
      onState: function (name) { if (name === "failed" || name === "closed") { lost(contact.id); } },
      post: function (offer) { return http.post("/desk/contacts/" + contact.id + "/" + kind, offer); }
    }).then(function (made) {
      shut();
      open = { kind: kind, contact: contact.id, connection: made.connection, stream: stream, muted: false, held: false, standing: {} };
      if (kind === "video") { byId("own-picture").srcObject = stream; }
      follow();
    });
  }

  function lost(id) {
    if (!open || open.contact !== id) { return; }
    shut();
    draw();
    if (kindOf(desk.contact()) && desk.contact().id === id) {
      say("断了一下，正在重新接…");
      setTimeout(function () { if (!open && kindOf(desk.contact())) { join(kindOf(desk.contact())); } }, 1500);
    }
  }

  function shut() {
    clearTimeout(timer);
    if (!open) { return; }
    var old = open;
    open = null;
    old.connection.close();
    if (old.stream) { old.stream.getTracks().forEach(function (track) { track.stop(); }); }
    byId("caller-sound").srcObject = null;
    byId("theirs").srcObject = null;
    byId("own-picture").srcObject = null;
    byId("theirs-none").hidden = false;
  }

  function follow() {
    clearTimeout(timer);
    if (!open || open.kind !== "sound") { return; }
    http.get("/desk/contacts/" + open.contact + "/sound").then(function (standing) {
      if (!open) { return; }
      open.standing = standing;
      if (!standing.open) { shut(); }
      draw();
    }).catch(function () {}).then(function () { timer = setTimeout(follow, 2000); });
  }

  function say(text) { byId("media-state").textContent = text; }

  function draw() {
    var kind = kindOf(desk.contact());
    byId("media-bar").hidden = !kind;
    byId("picture").hidden = kind !== "video";
    byId("say").placeholder = kind === "video" ? "打字会显示在对方的屏幕上，回车发送" : TYPED;
    if (!kind) { return; }
    byId("media-open").hidden = Boolean(open) || opening;
    byId("media-open").firstChild.textContent = kind === "video" ? "接通视频 " : "接通语音 ";
    byId("media-mute").hidden = !open;
    byId("media-hold").hidden = !open || kind !== "sound";
    byId("media-end").hidden = !open;
    if (!open) {
      if (!opening) { say(kind === "video" ? "画面还没有接通" : "语音还没有接通，打字会念给对方听"); }
      return;
    }
    byId("media-mute").setAttribute("aria-pressed", open.muted ? "true" : "false");
    byId("media-mute").firstChild.textContent = open.muted ? "取消静音 " : "静音 ";
    byId("media-hold").setAttribute("aria-pressed", open.held ? "true" : "false");
    byId("media-hold").firstChild.textContent = open.held ? "取消保持 " : "保持 ";
    if (kind === "video") { say(open.muted ? "视频已接通，您已静音" : "视频已接通"); return; }
    if (open.held) { say("保持中，两边都听不到"); return; }
    if (open.muted) { say("您已静音，对方听不到"); return; }
    if (open.standing.joined) { say("语音已通"); return; }
    say(open.standing.joined_before ? "正在把您打的字念给对方，念完语音自己接回来" : "话筒好了，正在等对方的电话接进来…");
  }

  function mute() {
    if (!open) { return; }
    open.muted = !open.muted;
    if (open.stream) { open.stream.getAudioTracks().forEach(function (track) { track.enabled = !open.muted; }); }
    if (open.kind === "sound") { http.post(path("sound", "/change"), { mute: open.muted }).catch(fail); }
    draw();
  }

  function hold() {
    if (!open || open.kind !== "sound") { return; }
    var wanted = !open.held;
    http.post(path("sound", "/change"), { hold: wanted }).then(function () {
      if (open) { open.held = wanted; }
      draw();
    }).catch(fail);
  }

  function end() {
    if (!open) { return; }
    leftAlone = open.contact;
    http.post(path(open.kind, "/end")).catch(fail);
    shut();
    draw();
  }

  function fail(error) { desk.tell(error.message); }

  byId("media-open").addEventListener("click", function () { join(kindOf(desk.contact())); });
  byId("media-mute").addEventListener("click", mute);
  byId("media-hold").addEventListener("click", hold);
  byId("media-end").addEventListener("click", end);
  byId("theirs").addEventListener("playing", function () { byId("theirs-none").hidden = this.videoWidth > 0; });
  byId("theirs").addEventListener("resize", function () { byId("theirs-none").hidden = this.videoWidth > 0; });
  document.addEventListener("keydown", function (event) {
    if (byId("media-bar").hidden) { return; }
    if (event.key === "F3") { event.preventDefault(); if (!open) { byId("media-open").click(); } }
    if (event.key === "F4") { event.preventDefault(); hold(); }
    if (event.key === "F7" && open) { event.preventDefault(); mute(); }
  });
  desk.onContact(function (contact) {
    var kind = kindOf(contact);
    if (open && (open.contact !== contact.id || !kind)) { shut(); }
    draw();
    if (!kind || open || opening || leftAlone === contact.id) { return; }
    allowed(kind).then(function (yes) { if (yes && !open && !opening && kindOf(desk.contact())) { join(kind); } });
  });
  setInterval(function () { if (!desk.contact() && open) { shut(); } if (!desk.contact()) { draw(); } }, 1000);
})();
