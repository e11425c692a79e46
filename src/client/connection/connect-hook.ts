import { MqttError } from '../../errors.js';
import type { MqttOptions } from '../../options.js';
import type { ConnectPacket } from '../../packets.js';
import { connectPacketProblem } from '../options/checks/connect-packet.js';
import { isBytes } from '../../protocol/bytes.js';
import { inside, invalidArgument } from '../options/checks/problem.js';
import { isPlainObject } from '../options/checks/record.js';

/** The CONNECT as the user's function wants it. Copies go in and out, so that nobody has a hold on what is sent. */
export function applyConnectHook(packet: ConnectPacket, hook: MqttOptions['onConnectPacket']): ConnectPacket {
  if (hook === undefined) return packet;
  const changed = thawed(answerOf(hook, thawed(packet) as ConnectPacket));
  const found = connectPacketProblem(changed, packet.protocolVersion);
  if (found !== undefined) throw invalidArgument(inside('onConnectPacket', found), 'option', 'options');
  return changed as ConnectPacket;
}

function answerOf(hook: NonNullable<MqttOptions['onConnectPacket']>, copy: ConnectPacket): unknown {
  try {
    return hook(copy) ?? copy;
  } catch (cause) {
    // the message of the cause is the user's own and may hold a secret: it stays in the cause
    const info = { phase: 'options', subject: 'onConnectPacket', retryable: true, cause } as const;
    throw new MqttError('OPTIONS_FAILED', 'onConnectPacket threw', info);
  }
}

/** A deep copy of plain data that may be changed. */
function thawed(value: unknown): unknown {
  if (isBytes(value)) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(thawed);
  if (!isPlainObject(value)) return value;
  const given = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(given.map(([key, field]) => [key, thawed(field)]));
}
