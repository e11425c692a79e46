import type { SchedulerLike } from 'rxjs';
import { type BrokerMessage, messageOf } from './message.js';
import type { Routing } from './routing.js';
import { BrokerSession } from './session.js';

/** The sessions of a broker, by client identifier. */
export class Sessions {
  readonly #byClient = new Map<string, BrokerSession>();
  readonly #scheduler: SchedulerLike;
  readonly #routing: Routing;
  #assigned = 0;
  readonly #publish: (message: BrokerMessage) => void;

  constructor(scheduler: SchedulerLike, routing: Routing, publish: (message: BrokerMessage) => void) {
    this.#scheduler = scheduler;
    this.#routing = routing;
    this.#publish = publish;
  }

  /** Returns a client identifier for a client without one. */
  newId(): string {
    return `virtual-${++this.#assigned}`;
  }

  get all(): readonly BrokerSession[] {
    return [...this.#byClient.values()];
  }

  /** Returns the session of a client that connects: the present one, or a new one (5.0 section 3.1.2.4). */
  begin(clientId: string, clean: boolean): { session: BrokerSession; present: boolean } {
    this.#byClient.get(clientId)?.connection?.takeOver();
    const known = this.#byClient.get(clientId); // the session may have ended with its connection
    if (known !== undefined && !clean) {
      known.cancelTimers(); // a delayed will is no longer published [MQTT-3.1.3-9]
      known.will = undefined;
      return { session: known, present: true };
    }
    if (known !== undefined) this.#end(known);
    const session = new BrokerSession(clientId, this.#scheduler);
    this.#byClient.set(clientId, session);
    return { session, present: false };
  }

  /** Starts the timers of session expiry and will delay after the connection has ended (5.0 sections 3.1.2.5 and 3.1.3.2.2). */
  disconnected(session: BrokerSession, withWill: boolean): void {
    session.connection = undefined;
    session.outgoing.end();
    if (!withWill) session.will = undefined;
    const delay = session.will?.properties?.willDelayInterval ?? 0;
    if (session.will !== undefined) session.after(Math.min(delay, session.expiry), () => this.#publishWill(session));
    session.after(session.expiry, () => this.#end(session));
  }

  /** Forgets all sessions, as a broker without persistence does when it restarts. */
  forget(): void {
    for (const session of this.all) this.#end(session);
  }

  #end(session: BrokerSession): void {
    session.cancelTimers();
    this.#publishWill(session);
    for (const held of session.subscriptions.values()) this.#routing.delete(held);
    session.subscriptions.clear();
    if (this.#byClient.get(session.clientId) === session) this.#byClient.delete(session.clientId);
  }

  #publishWill(session: BrokerSession): void {
    const { will, clientId } = session;
    if (will === undefined) return;
    session.will = undefined;
    const { willDelayInterval: _, ...properties } = will.properties ?? {};
    this.#publish(messageOf({ ...will, properties }, will.topic, clientId, this.#scheduler.now()));
  }
}
