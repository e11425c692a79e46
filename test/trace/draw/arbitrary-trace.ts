import * as fc from 'fast-check';
import type { TraceEvent } from '../../../src/trace/index.js';
import { packet, payload } from '../../../marbles/example-trace.js';

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const error = fc.constantFrom(undefined, { code: 'TRANSPORT_ERROR', message: 'broken' });
const statuses = ['idle', 'connecting', 'connected', 'reconnecting', 'disconnecting', 'closed'] as const;

const event: fc.Arbitrary<(at: number) => TraceEvent> = fc.oneof(
  fc
    .record({
      direction: fc.constantFrom('sent' as const, 'received' as const),
      cmd: fc.constantFrom('connect', 'connack', 'publish', 'puback', 'subscribe', 'suback', 'pingreq', 'disconnect'),
      topic: text,
      packetId: fc.integer({ min: 1, max: 65_535 }),
      body: text,
    })
    .map(
      ({ direction, cmd, topic, packetId, body }) =>
        (at: number) =>
          packet(at, direction, cmd, { topic, packetId, payload: payload(body) }),
    ),
  fc
    .record({ status: fc.constantFrom(...statuses), error })
    .map(({ status, error: cause }) => (at: number): TraceEvent => ({
      type: 'state',
      at,
      status,
      ...(cause && { error: cause }),
    })),
  fc
    .record({ stream: fc.nat(5), change: fc.constantFrom('subscribed', 'left', 'completed', 'errored'), filter: text })
    .map(({ stream, change, filter }) => (at: number): TraceEvent => ({
      type: 'stream',
      at,
      stream,
      change,
      filters: [filter],
    })),
  fc.record({ packetId: fc.nat(65_535), error }).map(({ packetId, error: cause }) => (at: number): TraceEvent => ({
    type: 'ack',
    at,
    kind: 'publish',
    packetId,
    delivery: cause ? 'rejected' : 'delivered',
    ...(cause && { error: cause }),
  })),
  fc.constant((at: number): TraceEvent => ({ type: 'warning', at, code: 'HANDLER_SLOW', message: 'slow' })),
  fc.record({ inFlight: fc.nat(1e6), queued: fc.nat(1e6) }).map(figures => (at: number): TraceEvent => ({
    type: 'figures',
    at,
    ...figures,
    queuedBytes: 0,
    unsentBytes: 0,
    unacknowledged: 0,
  })),
);

/** Events of any kind in the order of their times, each with its `index`, many of them in one ms. */
export const trace: fc.Arbitrary<TraceEvent[]> = fc
  .array(fc.tuple(event, fc.constantFrom(0, 0, 0, 1, 2, 50, 1000, 3_600_000)), { minLength: 1, maxLength: 40 })
  .map(parts => {
    let at = 0;
    return parts.map(([make, wait], index) => {
      at += wait;
      const made = make(at);
      return made.type === 'packet' ? { ...made, packet: { ...made.packet, index } } : { ...made, index };
    });
  });
