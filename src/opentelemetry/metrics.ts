import type { Attributes as AttributeValues, Meter } from '@opentelemetry/api';
import { type SchedulerLike, Subscription, firstValueFrom } from 'rxjs';
import type { MqttClient } from '../client/mqtt-client.js';
import type { ClientHooks, Ending } from '../hooks.js';
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

/** Observes the figures of `stats$` when metrics are collected, until the subscription ends. */
export function observeFigures(meter: Meter, client: MqttClient, attributes: Attributes): Subscription {
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(`messaging.mqtt.${name}`, { unit, description });
  const inFlight = gauge('in_flight', '{message}', 'Messages of QoS 1 and 2 that are sent and not acknowledged');
  const queued = gauge('queue.messages', '{message}', 'Messages that wait to be sent');
  const queuedBytes = gauge('queue.size', 'By', 'Bytes of the messages that wait to be sent');
  const unsent = gauge('unsent', 'By', 'Bytes that the network has not taken');
  const roundTrip = gauge('round_trip', 's', 'Time of the last round trip to the broker');
  const unacknowledged = gauge('unacknowledged', '{message}', 'Received messages that are not acknowledged');
  const reconnects = meter.createObservableCounter('messaging.mqtt.reconnects', {
    unit: '{connection}',
    description: 'Connections after the first one',
  });
  const all = [inFlight, queued, queuedBytes, unsent, roundTrip, unacknowledged, reconnects];

  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = async result => {
    const figures = await firstValueFrom(client.stats$);
    const common = { 'messaging.system': 'mqtt', ...attributes.server };
    result.observe(inFlight, figures.inFlight, common);
    result.observe(queued, figures.queued.messages, common);
    result.observe(queuedBytes, figures.queued.bytes, common);
    result.observe(unsent, figures.unsentBytes, common);
    if (figures.roundTrip !== undefined) result.observe(roundTrip, figures.roundTrip / 1000, common);
    result.observe(unacknowledged, figures.unacknowledged, common);
    result.observe(reconnects, figures.reconnects, common);
  };
  meter.addBatchObservableCallback(observe, all);
  return new Subscription(() => meter.removeBatchObservableCallback(observe, all));
}
