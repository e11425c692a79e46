import type { AuthPacket, ConnectionState, Packet } from '../src/index.js';
import { describePacket } from '../src/testing/index.js';

const decoder = new TextDecoder();

/** Describes a packet with the fields that a diagram shows: `PUBLISH q1 #1 t "x"`. */
export function wireWords(packet: Packet): string {
  return [describePacket(packet), ...further(packet)].join(' ');
}

function further(packet: Packet): string[] {
  switch (packet.cmd) {
    case 'connack':
      return [...(packet.sessionPresent ? ['session present'] : []), ...dataOf(packet)];
    case 'publish':
      return packet.payload.length > 0 ? [`"${decoder.decode(packet.payload)}"`] : [];
    case 'suback':
    case 'unsuback':
      return [`#${packet.packetId}`];
    case 'connect':
    case 'auth':
      return dataOf(packet);
    default:
      return [];
  }
}

function dataOf({ properties }: Pick<AuthPacket, 'properties'>): string[] {
  const data = properties?.authenticationData;
  return data === undefined ? [] : [`"${decoder.decode(data)}"`];
}

/** The letters of the states, where a diagram gives none. */
export const stateNames: Readonly<Record<string, string>> = {
  i: 'idle',
  c: 'connecting',
  C: 'connected',
  r: 'reconnecting',
  d: 'disconnecting',
  x: 'closed',
};

/** A state, and when there will be another attempt. */
export function delayWords(state: ConnectionState): string {
  return state.status === 'reconnecting' ? `again in ${durationOf(state.delay)}` : state.status;
}

/** The same, and why. */
export function reasonWords(state: ConnectionState): string {
  return state.status === 'reconnecting' ? `${state.error.code}, ${delayWords(state)}` : state.status;
}

/** The same as delayWords(), and where to. */
export function serverWords(state: ConnectionState): string {
  return state.status === 'connecting' ? `${state.status} to ${new URL(state.url).hostname}` : delayWords(state);
}

const durationOf = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);
