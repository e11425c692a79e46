export { PacketDecoder, type PacketDecoderOptions } from './decoder.js';
export { PacketEncoder } from './encoder.js';
