import type { AckEvent, ClientStats } from '../../results.js';
import type { ConnectionState } from '../../state.js';
import type { MqttWarning } from '../../warnings.js';
import type { TraceAck, TraceFigures, TraceState, TraceWarning } from '../trace-event.js';
import { defined } from './plain-packet.js';
import type { Redactor } from './redactor.js';

export function plainState(state: ConnectionState, at: number, redactor: Redactor): TraceState {
  const { status } = state;
  switch (status) {
    case 'connecting':
      return { type: 'state', at, status, attempt: state.attempt, url: redactor.url(state.url) };
    case 'connected':
      return { type: 'state', at, status, url: redactor.url(state.url) };
    case 'reconnecting': {
      // A strategy that does not wait with `wait` may never emit.
      const delay = Number.isFinite(state.delay) ? { delay: state.delay } : {};
      return { type: 'state', at, status, attempt: state.attempt, ...delay, error: redactor.error(state.error) };
    }
    case 'closed':
      return { type: 'state', at, status, ...(state.error ? { error: redactor.error(state.error) } : {}) };
    default:
      return { type: 'state', at, status };
  }
}

export function plainAck(ack: AckEvent, at: number, redactor: Redactor): TraceAck {
  const { kind, packetId } = ack;
  if (kind !== 'publish') {
    const { filters, reasonCodes } = ack;
    return { type: 'ack', at, kind, packetId, filters: filters.map(redactor.topic), reasonCodes };
  }
  const { topic, qos, delivery, reasonCode, error } = ack;
  return defined({
    type: 'ack' as const,
    at,
    kind,
    packetId,
    topic: redactor.topic(topic),
    qos,
    delivery,
    reasonCode,
    error: error && redactor.error(error, [topic]),
  }) as TraceAck;
}

export function plainWarning(warning: MqttWarning, at: number, redactor: Redactor): TraceWarning {
  const { code, message, topic, filter, filters, oldest } = warning as MqttWarning & {
    topic?: string;
    filter?: string;
    filters?: readonly string[];
    oldest?: { topic: string; filters?: readonly string[] };
  };
  const named = [topic, filter, oldest?.topic].filter(one => one !== undefined);
  const topics = [...named, ...(filters ?? []), ...(oldest?.filters ?? [])];
  return { type: 'warning', at, code, message: redactor.text(message, topics) };
}

export function plainFigures(stats: ClientStats, at: number): TraceFigures {
  const { inFlight, queued, unsentBytes, roundTrip, unacknowledged } = stats;
  return defined({
    type: 'figures' as const,
    at,
    inFlight,
    queued: queued.messages,
    queuedBytes: queued.bytes,
    unsentBytes,
    roundTrip,
    unacknowledged,
  }) as TraceFigures;
}
