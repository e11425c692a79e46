import { Subject, of } from 'rxjs';
import type { MqttClient, MqttOptions, PlatformSignal } from '../../src/index.js';
import type { Random, Scenario, Simulation, SimulationFaultKind } from '../../src/testing/index.js';
import { BrokerSessions } from './broker-sessions.js';
import { DurableRecords } from './durable-records.js';
import { IncomingMessages } from './incoming-messages.js';
import { OutgoingMessages } from './outgoing-messages.js';

/** The faults of runs in which the broker may lose its sessions, too. */
export const faultsWithLoss: readonly SimulationFaultKind[] = [
  'cut',
  'cutAt',
  'drop',
  'delay',
  'hangUp',
  'unreachable',
  'storeFails',
  'storeSlow',
  'crash',
  'loseSession',
];

/** What a run of the scenario has as its own. */
function variantOf({ random }: Simulation) {
  return {
    protocolVersion: random.oneOf([4, 5] as const),
    deliverQos2: random.oneOf(['publish', 'release'] as const),
    ack: random.oneOf(['auto', 'manual'] as const),
    receiveMaximum: random.oneOf([1, 2, 100]),
    maxMessages: random.oneOf([3, 1000]),
    overflow: random.oneOf(['refuse', 'refuse', 'evictOldest'] as const),
    offlineQos0: random.oneOf(['refuse', 'queue'] as const),
    maxDeliveries: random.oneOf([Infinity, Infinity, 2]),
    republish: random.oneOf(['ifSessionLost', 'ifSessionLost', 'never'] as const),
    // further choices go to the end, so that a seed keeps those that it has
    runsIn: random.oneOf(['process', 'process', 'page'] as const),
    limits: random.oneOf(['fixed', 'fixed', 'changing'] as const),
    bursts: random.oneOf(['publish', 'publish', 'publishAll'] as const),
  };
}

/** A program with a durable session: what it publishes and receives is counted, and compared with what is promised. */
export const durableScenario: Scenario = simulation => {
  new DurableScenario(simulation).prepare();
};

class DurableScenario {
  readonly #simulation: Simulation;
  readonly #variant: ReturnType<typeof variantOf>;
  readonly #records: DurableRecords;
  readonly #sessions: BrokerSessions;
  readonly #outgoing: OutgoingMessages;
  readonly #incoming: IncomingMessages;
  // lives from one start to the next
  /** Tells the client that its page is left or shown. */
  #platformSignal$ = new Subject<PlatformSignal>();
  #isHidden = false;
  #isClosed = false;
  #isStoreFailing = false;

  constructor(simulation: Simulation) {
    const variant = variantOf(simulation);
    const { protocolVersion, maxMessages, republish } = variant;
    this.#simulation = simulation;
    this.#variant = variant;
    this.#records = new DurableRecords(simulation.store.entriesOf('me'), () => {
      if (this.#isHidden) this.#onShown();
    });
    this.#sessions = new BrokerSessions(simulation, this.#records, () => {
      this.#outgoing.onSessionLost();
      this.#incoming.onSessionLost();
    });
    this.#outgoing = new OutgoingMessages(simulation, this.#records, this.#sessions, {
      protocolVersion,
      maxMessages,
      republish,
      storesQos0: variant.offlineQos0 === 'queue',
      evicts: variant.overflow === 'evictOldest',
      givesUp: variant.maxDeliveries < Infinity,
    });
    this.#incoming = new IncomingMessages(simulation, this.#records, this.#sessions, variant);
  }

  prepare(): void {
    const simulation = this.#simulation;
    const choices = Object.entries(this.#variant).map(([name, value]) => `${name} ${value}`);
    simulation.note(`variant  ${choices.join(', ')}`);
    const outgoing = this.#outgoing;
    simulation.process(
      () => this.#createOptions(),
      client => this.#start(client),
    );
    for (const qos of [0, 1, 2] as const)
      simulation.action(`publish q${qos}`, (client, n, random) => outgoing.publish(client, n, qos, random));
    simulation.action('expiring', (client, n, random) =>
      outgoing.publish(client, n, random.oneOf([1, 2]), random, { expires: true }),
    );
    simulation.action('withdrawn', (client, n, random) =>
      outgoing.publish(client, n, random.oneOf([1, 2]), random, { timeout: 5, withdraw: true }),
    );
    simulation.action('discard', (client, _, random) => outgoing.discard(client, random));
    simulation.action('burst', (client, n, random) => {
      if (this.#variant.bursts === 'publishAll') return outgoing.publishAll(client, n, random);
      for (let i = 0; i < 5; i++) outgoing.publish(client, n + 1000 * (i + 1), i % 2 === 0 ? 1 : 2, random);
    });
    for (const qos of [1, 2] as const)
      simulation.action(`receive q${qos}`, (_, n, random) => this.#incoming.publish(n, qos, random));
    simulation.action('disconnect', (client, _, random) =>
      this.#variant.runsIn === 'page' ? this.#hide(client, random) : client.disconnect().subscribe(),
    );
    simulation.action('reopen', client => this.#reopen(client));
    simulation.action('reconnect', client => client.reconnect().subscribe({ error: () => undefined }));
    simulation.check(() => this.#check());
  }

  #createOptions(): MqttOptions {
    this.#platformSignal$ = new Subject();
    const { protocolVersion, deliverQos2, receiveMaximum, maxMessages, overflow, offlineQos0, ...options } =
      this.#variant;
    return {
      protocolVersion,
      ...(deliverQos2 === 'release' ? { deliverQos2 } : {}),
      ...(protocolVersion === 5 ? { properties: { receiveMaximum } } : {}),
      queue: { maxMessages, overflow, offlineQos0 },
      maxDeliveries: options.maxDeliveries,
      republish: options.republish,
      platformSignal$: this.#platformSignal$,
      ...(options.limits === 'changing' ? this.#createLimits() : {}),
    };
  }

  /** Limits that each process has for itself, and each connection. */
  #createLimits(): MqttOptions {
    const { random } = this.#simulation;
    return {
      maxInFlight: random.oneOf([1, 2, 100]),
      perAttempt: () => of({ maximumQoS: random.oneOf([1, 2] as const) }),
    };
  }

  #start(client: MqttClient): void {
    this.#onStart();
    // it is warned of once until the next success, also if the store is opened again meanwhile
    this.#isStoreFailing = false;
    client.warning$.subscribe(({ code }) => {
      if (code === 'STORE_FAILED') this.#isStoreFailing = true;
    });
    client.connection$.subscribe(({ status }) => {
      if (status === 'closed') this.#isClosed = true;
    });
    this.#sessions.watch(client);
    this.#outgoing.watch(client);
    client.connect().subscribe({ error: () => undefined });
    this.#incoming.receive(client);
  }

  /** Closes the client and opens it again. Like a new process, it knows then what the store knows. */
  #reopen(client: MqttClient): void {
    const complete = () => {
      if (client.connection.status !== 'closed') return;
      this.#onStart();
      // only connect() opens the client again
      client.connect().subscribe({ next: () => this.#incoming.receive(client), error: () => undefined });
    };
    client.disconnect().subscribe({ complete });
  }

  /** The user leaves the page for a moment. The client closes its store, and goes on with what it has when the page is shown again. */
  #hide(client: MqttClient, random: Random): void {
    if (this.#isHidden || ['disconnecting', 'closed'].includes(client.connection.status)) return;
    const signal$ = this.#platformSignal$;
    this.#isHidden = true;
    signal$.next('pagehide');
    const show = () => {
      if (this.#simulation.client === client) signal$.next('pageshow');
    };
    this.#simulation.scheduler.schedule(show, random.oneOf([0, 1, 5, 50, 500]));
  }

  #onShown(): void {
    const hasEndedWell = !this.#isStoreFailing;
    this.#isHidden = false;
    this.#sessions.onStart();
    this.#outgoing.onShown(hasEndedWell);
    this.#incoming.onShown();
  }

  #onStart(): void {
    const hasEndedWell = this.#isClosed && !this.#isStoreFailing;
    this.#isHidden = this.#isClosed = false;
    this.#sessions.onStart();
    this.#outgoing.onStart(hasEndedWell);
    this.#incoming.onStart();
  }

  #check(): void {
    const problems = [...this.#outgoing.problems, ...this.#incoming.problems];
    const { store, broker } = this.#simulation;
    const keys = [...store.entriesOf('me').keys()].filter(key => !['f', 'e', 's'].includes(key));
    // the receipt of a lost session that went unnoticed waits for its identifier to be used again
    if (keys.some(key => !(this.#sessions.isMistaken && key.startsWith('r'))))
      problems.push(`the store still has ${keys.join()}`);
    for (const { clientId, connected, queued, inFlight } of broker.sessions)
      if (clientId === 'me' && (queued + inFlight > 0 || !connected))
        problems.push(`the broker has ${queued} queued, ${inFlight} in flight, ${connected ? '' : 'not '}connected`);
    if (problems.length > 0) throw new Error(problems.join('; '));
  }
}
