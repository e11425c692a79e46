import type { Attributes as AttributeValues, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { type SchedulerLike, Subscription, firstValueFrom } from 'rxjs';
import type { MqttClient } from '../client/mqtt-client.js';
import type { ClientHooks, Ending } from '../hooks.js';
import type { ClientStats } from '../results.js';
import { type Attributes, errorType } from './attributes.js';

/** s. Those that the conventions name for durations of messaging. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const seconds = { unit: 's', advice: { explicitBucketBoundaries: BOUNDARIES } };
const messages = { unit: '{message}' };

const ofError = (error: unknown): AttributeValues => ({ 'error.type': errorType(error) });
const ofEnding = (ending: Ending): AttributeValues => (ending.status === 'failed' ? ofError(ending.error) : {});

/** Returns hooks that count messages and bytes, and measure durations. */
export function metricHooks(meter: Meter, attributes: Attributes, scheduler: SchedulerLike): ClientHooks {
  const sent = meter.createCounter('messaging.client.sent.messages', {
    ...messages,
    description: 'Messages that were sent, without those that were sent again',
  });
  const consumed = meter.createCounter('messaging.client.consumed.messages', {
    ...messages,
    description: 'Messages that were received',
  });
  const bytes = meter.createCounter('messaging.mqtt.payload.io', {
    unit: 'By',
    description: 'Bytes of the payloads of these messages, by direction',
  });
  const settled = meter.createCounter('messaging.mqtt.settled.messages', {
    ...messages,
    description: 'Published messages that have settled, by outcome',
  });
  const operation = meter.createHistogram('messaging.client.operation.duration', {
    ...seconds,
    description: 'Time from publish() until the message has settled, and from request() until its end',
  });
  const process = meter.createHistogram('messaging.process.duration', {
    ...seconds,
    description: 'Time that handlers have taken',
  });

  /** Returns a function that measures the s from now, and not less than 0 where the clock was set back. */
  function startTimer(): () => number {
    const start = scheduler.now();
    return () => Math.max(0, scheduler.now() - start) / 1000;
  }

  return {
    onPublish: ({ topic, payload, qos: requestedQoS }) => {
      const all = attributes.of('send', topic);
      const elapsed = startTimer();
      let isSent = false;
      return {
        onSent: ({ qos }) => {
          if (isSent) return;
          isSent = true;
          sent.add(1, { ...all, 'messaging.mqtt.qos': qos });
          bytes.add(payload.length, { ...all, 'messaging.mqtt.qos': qos, 'network.io.direction': 'transmit' });
        },
        onSettled: settlement => {
          const failure = 'error' in settlement ? ofError(settlement.error) : {};
          const { delivery } = settlement;
          settled.add(1, {
            ...all,
            ...failure,
            'messaging.mqtt.qos': requestedQoS,
            'messaging.mqtt.delivery': delivery,
          });
          operation.record(elapsed(), { ...all, ...failure });
        },
      };
    },
    onReceive: ({ topic, payload, qos }, filters) => {
      const all = { ...attributes.of('receive', topic, filters), 'messaging.mqtt.qos': qos };
      consumed.add(1, all);
      bytes.add(payload.length, { ...all, 'network.io.direction': 'receive' });
    },
    onHandle: ({ message, filters }) => {
      const elapsed = startTimer();
      const all = attributes.of('process', message.topic, filters);
      return { onEnded: ending => process.record(elapsed(), { ...all, ...ofEnding(ending) }) };
    },
    onRequest: ({ topic }) => {
      const elapsed = startTimer();
      const all = attributes.of('request', topic);
      return { onEnded: ending => operation.record(elapsed(), { ...all, ...ofEnding(ending) }) };
    },
  };
}

type Read = (figures: ClientStats) => number | undefined;

/** What is observed: unit, description and figure. */
const gauges: Readonly<Record<string, readonly [unit: string, description: string, read: Read]>> = {
  in_flight: ['{message}', 'Messages of QoS 1 and 2 that are sent and not acknowledged', ({ inFlight }) => inFlight],
  'queue.messages': ['{message}', 'Messages that wait to be sent', ({ queued }) => queued.messages],
  'queue.size': ['By', 'Bytes of the messages that wait to be sent', ({ queued }) => queued.bytes],
  unsent: ['By', 'Bytes that the network has not taken', ({ unsentBytes }) => unsentBytes],
  round_trip: ['s', 'Time of the last round trip to the broker', ({ roundTrip }) => roundTrip && roundTrip / 1000],
  unacknowledged: ['{message}', 'Received messages that are not acknowledged', ({ unacknowledged }) => unacknowledged],
};

/** Observes the figures of `stats$` when metrics are collected, until the subscription ends. */
export function observeFigures(meter: Meter, client: MqttClient, attributes: Attributes): Subscription {
  const observed = Object.entries(gauges).map<readonly [Observable, Read]>(([name, [unit, description, read]]) => [
    meter.createObservableGauge(`messaging.mqtt.${name}`, { unit, description }),
    read,
  ]);
  observed.push([
    meter.createObservableCounter('messaging.mqtt.reconnects', {
      unit: '{connection}',
      description: 'Connections after the first one',
    }),
    ({ reconnects }) => reconnects,
  ]);
  const instruments = observed.map(([each]) => each);

  const observe = async (result: BatchObservableResult): Promise<void> => {
    const figures = await firstValueFrom(client.stats$, { defaultValue: undefined });
    if (figures === undefined) return;
    const common = { 'messaging.system': 'mqtt', ...attributes.server };
    for (const [each, read] of observed) {
      const value = read(figures);
      if (value !== undefined) result.observe(each, value, common);
    }
  };
  meter.addBatchObservableCallback(observe, instruments);
  return new Subscription(() => meter.removeBatchObservableCallback(observe, instruments));
}
