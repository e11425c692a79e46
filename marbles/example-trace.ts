import type { TraceEvent, TracePacket, TracePayload } from '../src/trace/index.js';

export const payload = (text: string): TracePayload => ({ length: text.length, text });

export const packet = (
  at: number,
  direction: TracePacket['direction'],
  cmd: string,
  fields: Readonly<Record<string, unknown>> = {},
): TracePacket => ({ type: 'packet', at, direction, packet: { cmd, ...fields } });

/** A connection of 30 ms that is lost with a message in flight, and is opened again a second later. */
export const exampleTrace: readonly TraceEvent[] = [
  { type: 'trace', at: 0, version: 1, startedAt: 1_795_953_600_000 },
  { type: 'state', at: 0, status: 'connecting', attempt: 1, url: 'mqtt://broker' },
  { type: 'stream', at: 0, stream: 1, change: 'subscribed', filters: ['sensors/#'] },
  packet(1, 'sent', 'connect', { protocolVersion: 5, clean: true, clientId: 'me' }),
  packet(4, 'received', 'connack', { sessionPresent: false, reasonCode: 0 }),
  { type: 'state', at: 4, status: 'connected', url: 'mqtt://broker' },
  packet(4, 'sent', 'subscribe', { packetId: 1, subscriptions: [{ filter: 'sensors/#', qos: 1 }] }),
  packet(7, 'received', 'suback', { packetId: 1, reasonCodes: [1] }),
  { type: 'ack', at: 7, kind: 'subscribe', packetId: 1, filters: ['sensors/#'], reasonCodes: [1] },
  packet(20, 'sent', 'publish', { topic: 'rooms/1', qos: 1, packetId: 2, payload: payload('21.5') }),
  { type: 'figures', at: 20, inFlight: 1, queued: 0, queuedBytes: 0, unsentBytes: 0, unacknowledged: 0 },
  {
    type: 'state',
    at: 30,
    status: 'reconnecting',
    attempt: 2,
    delay: 1000,
    error: { code: 'CONNECTION_CLOSED', message: 'the link ended' },
  },
  { type: 'state', at: 1030, status: 'connecting', attempt: 2, url: 'mqtt://broker' },
  packet(1031, 'sent', 'connect', { protocolVersion: 5, clean: false }),
  packet(1034, 'received', 'connack', { sessionPresent: true, reasonCode: 0 }),
  { type: 'state', at: 1034, status: 'connected', url: 'mqtt://broker' },
  packet(1034, 'sent', 'publish', { topic: 'rooms/1', qos: 1, packetId: 2, dup: true, payload: payload('21.5') }),
  packet(1040, 'received', 'puback', { packetId: 2, reasonCode: 0x97 }),
  {
    type: 'ack',
    at: 1040,
    kind: 'publish',
    packetId: 2,
    topic: 'rooms/1',
    qos: 1,
    delivery: 'rejected',
    reasonCode: 0x97,
    error: { code: 'PUBLISH_REFUSED', message: 'quota exceeded', reasonCode: 0x97 },
  },
  { type: 'warning', at: 1040, code: 'SLOW_SUBSCRIBER', message: 'a subscriber is slow' },
  {
    type: 'stream',
    at: 1041,
    stream: 1,
    change: 'errored',
    filters: ['sensors/#'],
    error: { code: 'DECODE_FAILED', message: 'no JSON' },
  },
  { type: 'state', at: 1050, status: 'disconnecting' },
  packet(1050, 'sent', 'disconnect', { reasonCode: 0 }),
  { type: 'state', at: 1051, status: 'closed' },
  { type: 'end', at: 1051 },
];
