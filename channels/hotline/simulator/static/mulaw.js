// G.711 µ-law, 8 kHz, as telephones speak it.

const BIAS = 0x84;
const CLIP = 32635;

export function encode(sample) {
  let value = Math.max(-1, Math.min(1, sample)) * 32767;
  const sign = value < 0 ? 0x80 : 0;
  value = Math.min(Math.abs(Math.round(value)), CLIP) + BIAS;
  const exponent = Math.max(0, 24 - Math.clz32(value));
  const mantissa = (value >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

export function decode(code) {
  const bits = ~code & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << exponent) - BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) / 32768;
}
