// The phone page: dial, listen, speak by typing, press keys.

import { Sound } from "./sound.js";

const base = document.body.dataset.base;
const at = (id) => document.getElementById(id);
const states = {
  queued: "正在拨号",
  initiated: "正在拨号",
  ringing: "正在振铃",
  "in-progress": "通话中",
  completed: "通话已结束",
  busy: "对方忙",
  "no-answer": "无人接听",
  failed: "呼叫失败",
  canceled: "已取消",
};
const live = new Set(["queued", "initiated", "ringing", "in-progress"]);

let socket = null;
let status = "";
let ringing = false;
let retry = 0;

function send(type, text = "") {
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ type, text }));
    return true;
  }
  at("hint").textContent = "与交换机的连接断了，正在重连，您打的字还在。";
  return false;
}

const sound = new Sound(
  base,
  (frame) => socket?.readyState === WebSocket.OPEN && socket.send(frame),
  (sentence) => {
    at("microphone").textContent = sentence;
  },
);

function add(list, who, text, kind) {
  const item = document.createElement("p");
  item.className = kind;
  const name = document.createElement("span");
  name.className = "who";
  name.textContent = who;
  item.append(name, text);
  list.append(item);
  list.scrollTop = list.scrollHeight;
}

function readAloud(text) {
  const synthesis = window.speechSynthesis;
  if (!at("aloud").checked || !synthesis) {
    return;
  }
  const voice = synthesis.getVoices().find((one) => one.localService && one.lang.startsWith("zh"));
  if (voice) {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    synthesis.speak(utterance);
  }
}

function hush() {
  window.speechSynthesis?.cancel();
}

function show() {
  const busy = live.has(status);
  at("state").textContent = ringing ? "来电，请按“接听”" : (states[status] ?? "未接通");
  at("call").textContent = ringing ? "接听" : "拨号";
  at("call").disabled = busy && !ringing;
  at("hang-up").disabled = !busy;
  at("say").disabled = status !== "in-progress";
  at("speak").disabled = status !== "in-progress";
  at("own").disabled = busy;
}

function changed(next) {
  status = next;
  if (next !== "ringing") {
    ringing = false;
  }
  if (!live.has(next)) {
    hush();
    sound.stop();
    at("hint").textContent = "";
  }
  show();
  if (next === "in-progress") {
    at("say").focus();
  }
}

const noticed = {
  status: (text) => changed(text),
  said: (text) => {
    add(at("transcript"), "对方", text, "theirs");
    readAloud(text);
  },
  played: () => add(at("transcript"), "对方", "（播放录音）", "theirs"),
  heard: (text) => {
    hush();
    add(at("transcript"), "我", text, "mine");
    at("hint").textContent = "";
  },
  unheard: (text) => {
    at("hint").textContent = `对方没有听到“${text}”，等对方说完再试。`;
  },
  listening: (text) => {
    at("hint").textContent = text.includes("speech") ? "对方在听，请说话。" : "";
  },
  stream: (text) => (text === "open" ? sound.start() : sound.stop()),
  error: (text) => add(at("transcript"), "线路", `出错：${text}`, "wrong"),
};

function received(message) {
  if (message.type === "notice") {
    noticed[message.kind]?.(message.text);
  } else if (message.type === "ring") {
    ringing = true;
    changed("ringing");
    add(at("transcript"), "来电", message.text, "theirs");
    at("call").focus();
  } else if (message.type === "sms") {
    const time = new Date(message.at).toLocaleTimeString("zh-CN", { hour12: false });
    add(at("messages"), `${message.from} ${time}`, message.text, "theirs");
  } else if (message.type === "refused") {
    at("hint").textContent = message.text;
  }
}

function connect() {
  const address = new URL(`${base}/phone/line`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.searchParams.set("number", at("own").value.trim());
  at("messages").querySelectorAll(".theirs").forEach((item) => item.remove());
  const line = new WebSocket(address);
  line.binaryType = "arraybuffer";
  line.onopen = () => {
    retry = 0;
    at("hint").textContent = "";
  };
  line.onmessage = ({ data }) =>
    typeof data === "string" ? received(JSON.parse(data)) : sound.play(data);
  line.onclose = () => {
    if (socket !== line) {
      return;
    }
    if (live.has(status)) {
      changed("failed");
    }
    retry += 1;
    at("hint").textContent = "与交换机的连接断了，正在重连。";
    setTimeout(connect, Math.min(500 * 2 ** retry, 10_000));
  };
  socket?.close();
  socket = line;
}

at("call").addEventListener("click", () => {
  sound.prepare().catch(() => undefined);
  if (ringing) {
    send("answer");
  } else if (send("dial", at("dialled").value.trim())) {
    at("transcript").querySelectorAll("p:not(.empty)").forEach((item) => item.remove());
    at("hint").textContent = "";
  }
});
at("hang-up").addEventListener("click", () => send("hang_up"));
at("speech").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("say").value.trim();
  if (text && send("say", text)) {
    at("say").value = "";
    at("hint").textContent = "等对方听的时候说出。";
  }
});
for (const key of document.querySelectorAll(".key")) {
  key.addEventListener("click", () => {
    if (status === "in-progress") {
      send("press", key.dataset.key);
    } else if (!live.has(status)) {
      at("dialled").value += key.dataset.key;
    }
  });
}
at("own").addEventListener("change", () => {
  localStorage.setItem("own-number", at("own").value);
  connect();
});
at("own").value = localStorage.getItem("own-number") ?? at("own").value;
show();
connect();
