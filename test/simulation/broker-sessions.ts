import type { MqttClient } from '../../src/index.js';
import type { Simulation } from '../../src/testing/index.js';
import type { DurableRecords } from './durable-records.js';

/**
 * The sessions that the broker has had of the client, and what the client knows of them.
 *
 * A client learns from CONNACK that its session is lost. If that CONNACK does not reach it, or its process dies before this is durable, the
 * broker says at the next connection that it has the session, which is the new one. Nobody can notice that, so from then on QoS 2 is no better
 * than the packet identifiers that happen to be in use.
 */
export class BrokerSessions {
  readonly #records: DurableRecords;
  /** How many sessions of the client the broker has begun. */
  number = 0;
  /** How many connections it has had. */
  connections = 0;
  /** Whether a lost session went unnoticed, so that QoS 2 is not exactly once any more. */
  isMistaken = false;
  /** The session that the client takes for its own. */
  #known = 0;
  #epoch = 0;
  readonly #byEpoch = new Map<number, number>();

  /** @param onLost - called when the broker begins a session that is not the first one. */
  constructor({ broker }: Simulation, records: DurableRecords, onLost: () => void) {
    this.#records = records;
    // the session begins with CONNECT, also if a fault ends the connection before the CONNACK
    broker.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'sent' || packet.cmd !== 'connect') return;
      this.connections++;
      if (!broker.sessions.some(({ clientId }) => clientId === packet.clientId)) {
        if (++this.number > 1) onLost();
      } else if (this.#known !== this.number) this.isMistaken = true;
    });
  }

  /** Called when a client starts from what the store has. */
  onStart(): void {
    this.#epoch = this.#records.epoch;
    this.#known = this.#byEpoch.get(this.#epoch) ?? 0;
  }

  watch(client: MqttClient): void {
    client.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'sent' || packet.cmd !== 'connack' || packet.sessionPresent || packet.reasonCode !== 0) return;
      this.#known = this.number;
      this.#byEpoch.set(++this.#epoch, this.number);
    });
  }
}
