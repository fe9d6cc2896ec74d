// Real sound, while a call is joined to a media stream.

export class Sound {
  constructor(base, send, tell) {
    this.base = base;
    this.send = send;
    this.tell = tell;
    this.context = null;
    this.speaker = null;
    this.media = null;
  }

  // Browsers allow sound only after a gesture, so this is called when a button is pressed.
  async prepare() {
    if (this.context || !window.AudioContext) {
      return;
    }
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule(`${this.base}/static/sound-worklet.js`);
    this.speaker = new AudioWorkletNode(this.context, "loudspeaker", { numberOfInputs: 0 });
    this.speaker.connect(this.context.destination);
  }

  async start() {
    await this.prepare();
    await this.context?.resume();
    try {
      this.media = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true },
      });
    } catch {
      this.tell("话筒：没有话筒或未获允许，对方听不到您，您能听到对方");
      return;
    }
    const source = this.context.createMediaStreamSource(this.media);
    const microphone = new AudioWorkletNode(this.context, "microphone", { numberOfOutputs: 0 });
    microphone.port.onmessage = ({ data }) => this.send(data);
    source.connect(microphone);
    this.tell("话筒：已打开，请对着话筒说话");
  }

  stop() {
    for (const track of this.media?.getTracks() ?? []) {
      track.stop();
    }
    this.media = null;
    this.tell("话筒：接通人工语音时使用");
  }

  play(frame) {
    this.speaker?.port.postMessage(new Uint8Array(frame));
  }
}
