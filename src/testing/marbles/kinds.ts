import type { MqttError } from '../../errors.js';
import type { Packet } from '../../packets.js';
import type { ConnectionState } from '../../state.js';
import { describePacketFully, describePacket } from '../describe-packet.js';
import { matchesPattern } from './deep-equal.js';
import type { Kind } from './expect-values.js';
import { inspect } from './inspect.js';

/** An expected packet: its description, such as `PUBLISH q1 #1 dup t`, or any part of the packet. */
export type PacketPattern = string | { readonly cmd: Packet['cmd']; readonly [part: string]: unknown };

export const sentPackets: Kind<Packet> = {
  title: 'expectSent',
  failure: 'The client did not send what was expected.',
  words: describePacketFully,
  matches: (packet, wanted) =>
    typeof wanted === 'string'
      ? [describePacket(packet), describePacketFully(packet)].includes(wanted)
      : matchesPattern(packet, wanted),
  wantedWords: wanted => (typeof wanted === 'string' ? wanted : inspect(wanted)),
};

/** An expected state: its status, or any part of the state. */
export type StatePattern =
  ConnectionState['status'] | { readonly status: ConnectionState['status']; readonly [part: string]: unknown };

/** The default letters of the states. */
export const stateLetters: Readonly<Record<string, StatePattern>> = {
  i: 'idle',
  c: 'connecting',
  C: 'connected',
  r: 'reconnecting',
  d: 'disconnecting',
  x: 'closed',
};

const errorWords = ({ code, message }: MqttError): string => `${code}: ${message}`;

export const connectionStates: Kind<ConnectionState> = {
  title: 'expectConnection',
  failure: 'The connection did not go as expected.',
  words: state => {
    switch (state.status) {
      case 'connecting':
        return `connecting, attempt ${state.attempt}, ${state.url}`;
      case 'reconnecting':
        return `reconnecting in ${state.delay} ms, attempt ${state.attempt}, after ${errorWords(state.error)}`;
      case 'closed':
        return state.error === undefined ? 'closed' : `closed by ${errorWords(state.error)}`;
      default:
        return state.status;
    }
  },
  matches: (state, wanted) => (typeof wanted === 'string' ? state.status === wanted : matchesPattern(state, wanted)),
  wantedWords: wanted => (typeof wanted === 'string' ? wanted : inspect(wanted)),
};
