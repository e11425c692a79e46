import type { MqttClient, MqttOptions } from '../../../src/index.js';
import {
  type MqttMarbles,
  type VirtualBroker,
  type VirtualBrokerOptions,
  mqttMarbles,
  virtualBroker,
} from '../../../src/testing/index.js';
import { type TraceEvent, type TraceOptions, recordTrace } from '../../../src/trace/index.js';

export interface Scene {
  readonly broker?: VirtualBrokerOptions;
  readonly options?: MqttOptions;
  readonly lifetime?: number;
  readonly trace?: TraceOptions;
}

/** Records the trace of a client at a virtual broker, whom `play` lets act. */
export function recordScene(
  play: (client: MqttClient, broker: VirtualBroker, marbles: MqttMarbles) => void,
  { broker: brokerOptions = { latency: 10 }, options = {}, lifetime = 10_000, trace }: Scene = {},
): TraceEvent[] {
  const events: TraceEvent[] = [];
  mqttMarbles(marbles => {
    const broker = virtualBroker(brokerOptions);
    const client = marbles.client(broker, { clientId: 'me', ...options }, lifetime);
    recordTrace(client, trace).subscribe(event => events.push(event));
    play(client, broker, marbles);
    marbles.flush();
  })();
  return events;
}
