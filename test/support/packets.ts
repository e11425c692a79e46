export {
  connack,
  disconnect,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  unsuback,
  words,
} from '../../src/testing/index.js';
