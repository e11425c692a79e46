import type { Packet } from '../packets.js';
import { hex, inspectWith, textOf } from './marbles/inspect-plain.js';

/** Returns a short description of a packet, or of a part of one: `PUBLISH q1 #1 dup t`. */
export function describePacket(packet: Packet): string {
  return summaryOf(packet).filter(Boolean).join(' ');
}

/** Returns a full description of a packet: `PUBLISH q1 #1 dup t "x" { contentType: "text/plain" }`. */
export function describePacketFully(packet: Packet): string {
  const { properties } = packet as { properties?: object };
  const rest =
    properties !== undefined && Object.keys(properties).length > 0 ? inspectWith(() => undefined, properties) : '';
  return [...summaryOf(packet), ...detailsOf(packet), rest].filter(Boolean).join(' ');
}

function summaryOf(packet: Packet): string[] {
  const name = packet.cmd.toUpperCase();
  switch (packet.cmd) {
    case 'connect':
      return [name, given('v', packet.protocolVersion), (packet.clean ?? true) ? '' : 'resume', methodOf(packet)];
    case 'publish': {
      const { qos, packetId, dup, retain, topic } = packet;
      return [name, given('q', qos), packetId ? `#${packetId}` : '', dup ? 'dup' : '', retain ? 'retain' : '', topic];
    }
    case 'subscribe':
      return [name, given('#', packet.packetId), ...(packet.subscriptions ?? []).map(ofRequest)];
    case 'unsubscribe':
      return [name, given('#', packet.packetId), ...(packet.filters ?? [])];
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return [name, given('#', packet.packetId), packet.reasonCode ? hex(packet.reasonCode) : ''];
    case 'disconnect':
      return [name, packet.reasonCode ? hex(packet.reasonCode) : ''];
    case 'auth':
      return [name, packet.reasonCode ? hex(packet.reasonCode) : '', methodOf(packet)];
    default:
      return [name];
  }
}

const given = (sign: string, value: number | undefined) => (value === undefined ? '' : `${sign}${value}`);

const methodOf = ({ properties }: { properties?: { authenticationMethod?: string } }) =>
  properties?.authenticationMethod ?? '';

const ofRequest = ({ filter, qos }: { filter: string; qos: number }) => `${filter}:${qos}`;

function detailsOf(packet: Packet): string[] {
  switch (packet.cmd) {
    case 'connect':
      return [packet.clientId ? JSON.stringify(packet.clientId) : ''];
    case 'publish':
      return [packet.payload === undefined ? '' : textOf(packet.payload)];
    case 'connack':
      return [packet.sessionPresent ? 'session present' : '', packet.reasonCode ? hex(packet.reasonCode) : ''];
    case 'suback':
    case 'unsuback':
      return [given('#', packet.packetId), ...(packet.reasonCodes ?? []).map(hex)];
    default:
      return [];
  }
}
