// Microphone to µ-law frames of 20 ms, and received frames to the loudspeaker.

import { decode, encode } from "./mulaw.js";

const RATE = 8000;
const FRAME = 160;
const BUFFER_FRAMES = 3; // 60 ms before playing starts, against uneven arrival
const LATE_FRAMES = 25; // beyond half a second the oldest sound is dropped

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = RATE / sampleRate;
    this.phase = 0;
    this.sum = 0;
    this.count = 0;
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
  }

  process(inputs) {
    const samples = inputs[0][0];
    if (!samples) {
      return true;
    }
    for (const sample of samples) {
      this.sum += sample;
      this.count += 1;
      this.phase += this.step;
      if (this.phase >= 1) {
        this.phase -= 1;
        this.frame[this.filled++] = encode(this.sum / this.count);
        this.sum = 0;
        this.count = 0;
        if (this.filled === FRAME) {
          this.port.postMessage(this.frame.slice());
          this.filled = 0;
        }
      }
    }
    return true;
  }
}

class Loudspeaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = RATE / sampleRate;
    this.frames = [];
    this.playing = false;
    this.position = 0;
    this.last = 0;
    this.port.onmessage = ({ data }) => {
      this.frames.push(data);
      if (this.frames.length > LATE_FRAMES) {
        this.frames.splice(0, this.frames.length - BUFFER_FRAMES);
        this.position = 0;
      }
    };
  }

  process(inputs, outputs) {
    const output = outputs[0][0];
    if (!this.playing && this.frames.length >= BUFFER_FRAMES) {
      this.playing = true;
    }
    for (let at = 0; at < output.length; at += 1) {
      output[at] = this.playing ? this.sample() : 0;
    }
    return true;
  }

  sample() {
    if (this.frames.length === 0) {
      this.playing = false;
      return 0;
    }
    const whole = Math.floor(this.position);
    const value = decode(this.frames[0][whole]);
    const part = this.position - whole;
    const mixed = this.last + (value - this.last) * part;
    this.position += this.step;
    if (Math.floor(this.position) !== whole) {
      this.last = value;
    }
    if (this.position >= FRAME) {
      this.position -= FRAME;
      this.frames.shift();
    }
    return mixed;
  }
}

registerProcessor("microphone", Microphone);
registerProcessor("loudspeaker", Loudspeaker);
