// One connection to the server: our tracks go up, the other's tracks come down.
(function () {
  "use strict";
  var GATHERING = 2000;

  function gathered(connection) {
    return new Promise(function (done) {
      if (connection.iceGatheringState === "complete") { done(); return; }
      var timer = setTimeout(done, GATHERING);
      connection.addEventListener("icegatheringstatechange", function () {
        if (connection.iceGatheringState === "complete") { clearTimeout(timer); done(); }
      });
    });
  }

  // `kinds` are what we want to hear and see even where we have no device of our own.
  function connect(options) {
    var connection = new RTCPeerConnection({ iceServers: options.iceServers || [] });
    var heard = new MediaStream();
    connection.addEventListener("track", function (event) {
      heard.addTrack(event.track);
      options.onStream(heard);
    });
    options.kinds.forEach(function (kind) {
      var track = options.stream ? options.stream.getTracks().filter(function (one) { return one.kind === kind; })[0] : null;
      if (track) {
        connection.addTransceiver(track, { direction: "sendrecv", streams: [options.stream] });
      } else {
        connection.addTransceiver(kind, { direction: "recvonly" });
      }
    });
    if (options.prepare) { options.prepare(connection); }
    if (options.onState) {
      connection.addEventListener("connectionstatechange", function () { options.onState(connection.connectionState); });
    }
    return connection.createOffer()
      .then(function (offer) { return connection.setLocalDescription(offer); })
      .then(function () { return gathered(connection); })
      .then(function () {
        return options.post({ type: "offer", sdp: connection.localDescription.sdp });
      })
      .then(function (answer) {
        return connection.setRemoteDescription({ type: answer.type, sdp: answer.sdp }).then(function () {
          return { connection: connection, answer: answer };
        });
      })
      .catch(function (error) { connection.close(); throw error; });
  }

  function devices(video) {
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) {
      return Promise.reject(new Error("这个浏览器不能用摄像头和话筒。请换一个浏览器，或者打 12348。"));
    }
    return navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true },
      video: video ? { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { max: 25 } } : false
    }).catch(function (error) {
      var words = {
        NotAllowedError: "摄像头或话筒没有被允许。请点地址栏左边的图标，选“允许”，再试一次；也可以只听只看。",
        NotFoundError: "没有找到摄像头或话筒。请接好再试；也可以只听只看。",
        NotReadableError: "摄像头或话筒正被别的程序用着。请关掉那个程序再试；也可以只听只看。"
      };
      throw new Error(words[error.name] || "摄像头打不开。可以只听只看，或者打 12348。");
    });
  }

  window.fatongMedia = { connect: connect, devices: devices };
})();
