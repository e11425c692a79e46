import { readProperties } from '../properties/reader.js';
import { hex } from '../../quoted.js';
import { protocolError } from '../../protocol/violations.js';
import type { GateReader } from './gate-reader.js';

/** Checks the next field of a packet, or the fields before it. */
export type Step = (frame: GateReader) => void;

const wildcard = /[+#]/;

export const packetId: Step = frame => {
  if (frame.uint16('the packet identifier') === 0) throw protocolError(frame.packet, 'packet identifier 0');
};

export const packetIdAboveQos0: Step = frame => {
  if (frame.firstByte & 0x06) packetId(frame);
};

export const topic: Step = frame => {
  frame.topic = frame.text('the topic name');
  if (wildcard.test(frame.topic)) {
    throw protocolError(frame.packet, 'the topic name has a wildcard [MQTT-3.3.2-2]', 0x90);
  }
};

export const topicNotEmpty: Step = frame => {
  if (frame.topic === '') throw protocolError(frame.packet, 'the topic name is empty [MQTT-4.7.3-1]');
};

export const topicOrAlias: Step = frame => {
  if (frame.topic === '' && frame.properties?.topicAlias === undefined) {
    throw protocolError(frame.packet, 'it has neither a topic name nor a topic alias');
  }
};

export const responseTopic: Step = frame => {
  if (wildcard.test(frame.properties?.responseTopic ?? '')) {
    throw protocolError(frame.packet, 'the response topic has a wildcard [MQTT-3.3.2-14]');
  }
};

export const payload: Step = frame => {
  frame.position = frame.end;
};

export const properties =
  (where: number): Step =>
  frame => {
    frame.properties = readProperties(frame, where);
  };

const checkCode = (frame: GateReader, allowed: readonly number[]): void => {
  const code = frame.byte('the reason code');
  if (!allowed.includes(code)) throw protocolError(frame.packet, `reason code ${hex(code)} is not allowed there`);
};

export const code =
  (allowed: readonly number[]): Step =>
  frame =>
    checkCode(frame, allowed);

export const codes =
  (allowed: readonly number[]): Step =>
  frame => {
    if (frame.left === 0) throw frame.malformed('it holds no reason codes');
    while (frame.left > 0) checkCode(frame, allowed);
  };

export const connackFlags: Step = frame => {
  const flags = frame.byte('the acknowledge flags');
  if (flags > 1) throw frame.malformed(`reserved acknowledge flags are set: ${hex(flags)} [MQTT-3.2.2-1]`);
};

export const sessionPresentOnlyOnSuccess: Step = frame => {
  if (frame.bytes[frame.body] === 1 && frame.bytes[frame.body + 1] !== 0) {
    throw protocolError(frame.packet, 'it refuses the connection and says session present [MQTT-3.2.2-6]');
  }
};

export const noSessionExpiry: Step = frame => {
  if (frame.properties?.sessionExpiryInterval !== undefined) {
    throw protocolError(frame.packet, 'a server must not set the session expiry interval [MQTT-3.14.2-2]');
  }
};

export const authenticationMethod: Step = frame => {
  if (frame.properties?.authenticationMethod === undefined) {
    throw protocolError(frame.packet, 'the authentication method is missing (5.0 section 3.15.2.2.2)');
  }
};
