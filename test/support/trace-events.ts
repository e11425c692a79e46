import type { TraceEvent, TracePacket, TraceStart } from '../../src/trace/trace-event.js';

/** A moment in 2026, so that pictures and tests have the same times always. */
export const START = 1_795_000_000_000;

export const start: TraceStart = { type: 'trace', at: 0, version: 1, startedAt: START };

interface PublishFields {
  readonly direction?: 'sent' | 'received';
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly properties?: object;
  readonly packetId?: number;
}

/** A PUBLISH with a text as its payload. */
export function publish(at: number, topic: string, text: string, fields: PublishFields = {}): TracePacket {
  const { direction = 'received', qos = 0, retain = false, ...rest } = fields;
  const payload = { length: new TextEncoder().encode(text).length, text };
  return {
    type: 'packet',
    at,
    direction,
    packet: { cmd: 'publish', topic, payload, qos, retain, dup: false, ...rest },
  };
}

const packet = (at: number, direction: 'sent' | 'received', cmd: string, fields: object = {}): TracePacket => ({
  type: 'packet',
  at,
  direction,
  packet: { cmd, ...fields },
});

const houses = ['alpine', 'boiler', 'cacti', 'fern', 'orchid', 'palm', 'seed'];
const url = 'mqtts://broker.example:8883';

/** The figures and pings of a second. */
function figures(second: number, isConnected: boolean): TraceEvent {
  return {
    type: 'figures',
    at: second * 1_000,
    inFlight: isConnected ? Math.round(3 + 3 * Math.sin(second / 3)) : 4,
    queued: isConnected ? 0 : 2 * (second - 39),
    queuedBytes: 0,
    unsentBytes: 0,
    roundTrip: 22 + Math.round(9 * Math.sin(second / 5) + 5 * Math.sin(second)),
    unacknowledged: 0,
  };
}

/** Some 64 seconds of a greenhouse: a connection that is lost and found again, subscriptions, messages both ways, a refusal, a warning. */
export function greenhouse(): readonly TraceEvent[] {
  const events: TraceEvent[] = [
    start,
    { type: 'state', at: 40, status: 'connecting', attempt: 1, url },
    packet(62, 'sent', 'connect', { clientId: 'glasshouse-1', clean: true, keepalive: 30, protocolVersion: 5 }),
    packet(85, 'received', 'connack', { sessionPresent: false, reasonCode: 0 }),
    { type: 'state', at: 86, status: 'connected', url },
    { type: 'stream', at: 90, stream: 1, change: 'subscribed', filters: ['glasshouse/#'] },
    packet(92, 'sent', 'subscribe', { packetId: 1, subscriptions: [{ filter: 'glasshouse/#', qos: 1 }] }),
    packet(114, 'received', 'suback', { packetId: 1, reasonCodes: [1] }),
    { type: 'ack', at: 115, kind: 'subscribe', packetId: 1, filters: ['glasshouse/#'], reasonCodes: [1] },
  ];
  houses.forEach((house, i) => {
    const state = JSON.stringify({ online: house !== 'boiler', model: 'TH-32', firmware: '4.1.' + String(i) });
    events.push(publish(116, `glasshouse/${house}/state`, state, { qos: 1, retain: true, packetId: 10 + i }));
    events.push(packet(117, 'sent', 'puback', { packetId: 10 + i }));
  });
  for (let tick = 1; tick < 320; tick++) {
    const at = tick * 200;
    const isConnected = at < 40_000 || at > 47_000;
    if (tick % 5 === 0) events.push(figures(at / 1_000, isConnected));
    if (tick === 200) {
      const error = { code: 'KEEPALIVE_TIMEOUT', message: 'the broker has not answered PINGREQ within 10 s' };
      events.push({ type: 'state', at, status: 'reconnecting', attempt: 1, delay: 6_000, url, error });
    }
    if (tick === 230) {
      events.push({ type: 'state', at, status: 'connecting', attempt: 2, url });
      events.push(packet(at + 20, 'sent', 'connect', { clientId: 'glasshouse-1' }));
      events.push(packet(at + 60, 'received', 'connack', { sessionPresent: true, reasonCode: 0 }));
      events.push({ type: 'state', at: at + 61, status: 'connected', url });
    }
    if (!isConnected) continue;
    const house = houses[tick % houses.length]!;
    const celsius = (21 + 4 * Math.sin(tick / 30 + (tick % 7))).toFixed(1);
    events.push(publish(at + 3, `glasshouse/${house}/temperature`, celsius));
    if (tick % 3 === 0) events.push(publish(at + 9, `glasshouse/${house}/humidity`, String(48 + (tick % 17))));
    if (tick % 11 === 0) {
      const command = JSON.stringify({ vent: tick % 2 ? 'open' : 'closed', until: 1_795_000_000 + tick });
      const properties = {
        messageExpiryInterval: 60,
        contentType: 'application/json',
        responseTopic: 'glasshouse/replies/1',
        userProperties: [['trace', `4bf92f-${tick}`]],
      };
      const packetId = 100 + tick;
      events.push(
        publish(at + 20, `glasshouse/${house}/commands`, command, { direction: 'sent', qos: 1, packetId, properties }),
      );
      events.push(packet(at + 44, 'received', 'puback', { packetId }));
      events.push({
        type: 'ack',
        at: at + 45,
        kind: 'publish',
        packetId,
        topic: `glasshouse/${house}/commands`,
        qos: 1,
        delivery: 'delivered',
      });
    }
    if (tick % 75 === 0) {
      events.push(packet(at + 60, 'sent', 'pingreq'));
      events.push(packet(at + 83, 'received', 'pingresp'));
    }
    if (tick === 150) {
      events.push({ type: 'stream', at: at + 100, stream: 2, change: 'subscribed', filters: ['secrets/#'] });
      const error = {
        code: 'SUBSCRIBE_REFUSED',
        message: "the broker has refused filter 'secrets/#': not authorized",
        reasonCode: 0x87,
      };
      events.push(
        packet(at + 101, 'sent', 'subscribe', { packetId: 7, subscriptions: [{ filter: 'secrets/#', qos: 0 }] }),
      );
      events.push(packet(at + 130, 'received', 'suback', { packetId: 7, reasonCodes: [0x87] }));
      events.push({
        type: 'ack',
        at: at + 131,
        kind: 'subscribe',
        packetId: 7,
        filters: ['secrets/#'],
        reasonCodes: [0x87],
        error,
      });
      events.push({ type: 'stream', at: at + 132, stream: 2, change: 'errored', filters: ['secrets/#'], error });
    }
    if (tick === 262)
      events.push({
        type: 'warning',
        at: at + 150,
        code: 'MESSAGE_REFUSED',
        message: "a message of topic 'glasshouse/seed/log' was refused: its response topic has a wildcard",
      });
  }
  return events.sort((a, b) => a.at - b.at);
}
