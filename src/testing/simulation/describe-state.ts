import { take } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { VirtualBroker } from '../broker/virtual-broker.js';
import type { MemoryStore } from '../memory-store.js';
import { shortKey } from './diagram.js';

/** The parts of a run, each of which may wait for another one. */
export interface RunParts {
  readonly client: MqttClient | undefined;
  readonly broker: VirtualBroker;
  readonly store: MemoryStore;
}

/** Returns what the client, the broker and the store have at this moment, a line for each. */
export function describeState({ client, broker, store }: RunParts): string {
  const sessions = broker.sessions.map(
    ({ clientId, connected, queued, inFlight }) =>
      `'${clientId}' ${connected ? 'connected' : 'away'}, ${queued} queued, ${inFlight} in flight`,
  );
  const stored = store.clientIds.map(
    clientId => `'${clientId}' ${[...store.entriesOf(clientId).keys()].map(shortKey).join(' ')}`,
  );
  return [
    `client   ${client === undefined ? 'no process' : describeClient(client)}`,
    `broker   ${sessions.join('; ') || 'no session'}`,
    `store    ${stored.join('; ') || 'empty'}`,
  ].join('\n');
}

function describeClient(client: MqttClient): string {
  const waiting: string[] = [];
  client.outbox$.pipe(take(1)).subscribe({
    next: entries => {
      for (const { topic, tag, qos, stage } of entries) waiting.push(`${tag ?? topic} (QoS ${qos}, ${stage})`);
    },
    error: () => undefined,
  });
  return [client.connection.status, ...waiting].join(', ');
}
