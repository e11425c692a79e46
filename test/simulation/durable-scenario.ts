import { Subscription } from 'rxjs';
import type { MqttClient, MqttError, MqttMessage, MqttOptions, QoS } from '../../src/index.js';
import type { Scenario, Simulation } from '../../src/testing/index.js';

/** A message of the program, from its publish() on. */
interface Published {
  readonly id: string;
  readonly topic: string;
  readonly qos: QoS;
  readonly process: number;
  outcomes: number;
  isDurable: boolean;
  mayBeLost: boolean;
}

/** What a run of the scenario has as its own. */
export interface Variant {
  readonly protocolVersion: 4 | 5;
  readonly deliverQos2: 'publish' | 'release';
  readonly ack: 'auto' | 'manual';
  readonly receiveMaximum: number;
  readonly maxMessages: number;
}

const text = ({ payload }: { payload: Uint8Array }): string => new TextDecoder().decode(payload);

export function variantOf({ random }: Simulation): Variant {
  return {
    protocolVersion: random.oneOf([4, 5]),
    deliverQos2: random.oneOf(['publish', 'release']),
    ack: random.oneOf(['auto', 'manual']),
    receiveMaximum: random.oneOf([1, 2, 100]),
    maxMessages: random.oneOf([3, 1000]),
  };
}

/** A program with a durable session: what it publishes and receives is counted, and compared with what is promised. */
export const durableScenario =
  ({ losesSessions = false } = {}): Scenario =>
  simulation =>
    new DurableScenario(simulation, losesSessions).prepare();

class DurableScenario {
  readonly #simulation: Simulation;
  readonly #losesSessions: boolean;
  readonly #variant: Variant;
  readonly #published = new Map<string, Published>();
  /** How often the broker has got a message as a new one, and in which order of each topic and QoS. */
  readonly #atBroker = new Map<string, number>();
  readonly #brokerOrder = new Map<string, string[]>();
  /** What the broker has published to the program, and how often it was processed. */
  readonly #sent = new Map<string, QoS>();
  readonly #processed = new Map<string, { process: number }[]>();
  /** What the broker has sent to the program, at least once. */
  readonly #delivered = new Set<string>();
  #process = 0;
  #receiver: MqttClient | undefined;
  #stream = Subscription.EMPTY;
  /** The QoS 2 identifiers that the broker has from PUBLISH to PUBREL. */
  readonly #open = new Set<number>();

  constructor(simulation: Simulation, losesSessions: boolean) {
    this.#simulation = simulation;
    this.#losesSessions = losesSessions;
    this.#variant = variantOf(simulation);
  }

  prepare(): void {
    const simulation = this.#simulation;
    const { receiveMaximum, protocolVersion, deliverQos2, maxMessages } = this.#variant;
    this.#watchBroker();
    const options: MqttOptions = {
      protocolVersion,
      ...(deliverQos2 === 'release' ? { deliverQos2 } : {}),
      ...(protocolVersion === 5 ? { properties: { receiveMaximum } } : {}),
      queue: { maxMessages },
    };
    simulation.process(options, client => this.#start(client));
    for (const qos of [0, 1, 2] as const)
      simulation.action(`publish q${qos}`, (client, n) => this.#publish(client, n, qos));
    simulation.action('expiring', (client, n) => this.#publish(client, n, 2, { expires: true }));
    simulation.action('withdrawn', (client, n) => this.#publish(client, n, 2, { timeout: 5 }));
    simulation.action('burst', (client, n) => {
      for (let i = 0; i < 5; i++) this.#publish(client, n + 1000 * (i + 1), i % 2 === 0 ? 1 : 2);
    });
    for (const qos of [1, 2] as const)
      simulation.action(`receive q${qos}`, (_, n) => {
        const id = `in-${n}`;
        this.#sent.set(id, qos);
        simulation.broker.publish(`in/${qos}`, id, { qos });
      });
    simulation.action('disconnect', client => client.disconnect().subscribe());
    // like a new process, a client that is opened again knows what the store knows
    simulation.action('reopen', client => {
      const next = () => this.#receive(client);
      client.disconnect().subscribe({ complete: () => client.connect().subscribe({ next, error: () => undefined }) });
    });
    simulation.action('reconnect', client => client.reconnect().subscribe({ error: () => undefined }));
    simulation.check(() => this.#check());
  }

  #start(client: MqttClient): void {
    client.connect().subscribe({ error: () => undefined });
    this.#watchOutcomes(client);
    this.#receive(client);
  }

  /** Subscribes once in each life of a process, and once more when its client was opened again. */
  #receive(client: MqttClient): void {
    if (this.#receiver === client && !this.#stream.closed) return;
    this.#receiver = client;
    const process = ++this.#process;
    const { ack } = this.#variant;
    const process$ = (message: MqttMessage) => {
      const id = text(message);
      this.#processed.set(id, [...(this.#processed.get(id) ?? []), { process }]);
    };
    const error = (): void => undefined;
    if (ack === 'auto') this.#stream = client.topic$('in/#', { qos: 2 }).subscribe({ next: process$, error });
    else
      this.#stream = client.topic$('in/#', { qos: 2, ack: 'manual' }).subscribe({
        next: message => {
          // the program writes its effect and the receipt in one step, a moment later
          const delay = this.#simulation.random.oneOf([0, 0, 2, 20]);
          const apply = () => {
            if (message.stale || this.#simulation.client !== client) return;
            const { receipt } = message;
            if (message.qos === 2 && receipt === undefined) return;
            process$(message);
            const entries = this.#simulation.store.entriesOf('me');
            if (receipt?.type === 'put') entries.set(receipt.key, receipt.value);
            else if (receipt !== undefined) entries.delete(receipt.key);
            const acknowledge = () => {
              if (this.#simulation.client === client) message.ack(message.qos === 2 ? { stored: true } : {});
            };
            const pause = this.#simulation.random.oneOf([0, 0, 20, 100]);
            if (pause === 0) acknowledge();
            else this.#simulation.scheduler.schedule(acknowledge, pause);
          };
          if (delay === 0) apply();
          else this.#simulation.scheduler.schedule(apply, delay);
        },
        error,
      });
  }

  #watchOutcomes(client: MqttClient): void {
    client.ack$.subscribe(event => {
      if (event.kind !== 'publish' || event.tag === undefined) return;
      const message = this.#published.get(event.tag)!;
      const { delivery } = event;
      if (delivery === 'delivered' && message.qos > 0 && !this.#atBroker.has(message.id))
        this.#simulation.fail(`'${message.id}' settled as delivered, but the broker does not have it`);
      if (delivery === 'rejected' && this.#atBroker.has(message.id))
        this.#simulation.fail(`'${message.id}' settled as rejected, but the broker has it`);
      if (delivery !== 'delivered') message.mayBeLost = true;
    });
  }

  #publish(client: MqttClient, n: number, qos: QoS, { expires = false, timeout = 0 } = {}): void {
    const id = `out-${n}`;
    const topic = `out/${expires ? 'expiring' : timeout > 0 ? 'withdrawn' : 'all'}`;
    const message: Published = {
      id,
      topic,
      qos,
      process: this.#process,
      outcomes: 0,
      isDurable: false,
      mayBeLost: qos === 0 || expires || timeout > 0,
    };
    this.#published.set(id, message);
    const until = n % 2 === 0 && timeout === 0 ? 'queued' : 'acknowledged';
    const settle = (outcome: string) => {
      if (++message.outcomes > 1) this.#simulation.fail(`'${id}' has a second outcome: ${outcome}`);
    };
    client
      .publish(topic, id, {
        qos,
        tag: id,
        until,
        ...(timeout > 0 ? { timeout, withdraw: true } : {}),
        ...(expires && this.#variant.protocolVersion === 5 ? { properties: { messageExpiryInterval: 1 } } : {}),
      })
      .subscribe({
        next: ({ reached }) => {
          settle(reached);
          if (qos > 0) message.isDurable = true;
        },
        error: (error: unknown) => {
          const { code, delivery } = error as MqttError;
          settle(code);
          if (delivery !== 'stored') message.mayBeLost = true;
          if (delivery === 'rejected' && this.#atBroker.has(id))
            this.#simulation.fail(`'${id}' was rejected with ${code}, but the broker has it`);
        },
      });
  }

  /** Counts what the broker gets, and compares each packet with what the store has. */
  #watchBroker(): void {
    const { broker } = this.#simulation;
    broker.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'sent') {
        if (packet.cmd === 'publish') this.#delivered.add(text(packet));
        return;
      }
      if (packet.cmd === 'pubrel') this.#open.delete(packet.packetId);
      if (packet.cmd !== 'publish') return;
      const { qos, packetId = 0, topic, dup } = packet;
      const id = text(packet);
      if (qos === 2 && this.#open.has(packetId)) return;
      if (qos === 2) this.#open.add(packetId);
      const count = (this.#atBroker.get(id) ?? 0) + 1;
      this.#atBroker.set(id, count);
      if (qos === 2 && count > 1 && !this.#losesSessions)
        this.#simulation.fail(`the broker got '${id}' of QoS 2 ${count} times`);
      if (qos === 1 && count > 1 && !dup && !this.#losesSessions)
        this.#simulation.fail(`the broker got '${id}' of QoS 1 again without DUP`);
      if (count > 1) return;
      const key = `${topic} ${qos}`;
      const order = this.#brokerOrder.get(key) ?? [];
      order.push(id);
      this.#brokerOrder.set(key, order);
    });
  }

  #check(): void {
    const problems: string[] = [];
    const { store, broker } = this.#simulation;
    const manual = this.#variant.ack === 'manual';
    for (const { id, qos, isDurable, mayBeLost, outcomes, process } of this.#published.values()) {
      if (qos > 0 && isDurable && !mayBeLost && !this.#atBroker.has(id))
        problems.push(`'${id}' is lost, though it was durable`);
      if (outcomes === 0 && process === this.#process) problems.push(`'${id}' has no outcome`);
    }
    for (const [key, ids] of this.#brokerOrder) {
      if (this.#losesSessions) break;
      const numbers = [...this.#published.keys()];
      const order = ids.map(id => numbers.indexOf(id));
      if (order.some((at, i) => i > 0 && at < order[i - 1]!)) problems.push(`${key} is out of order: ${ids.join()}`);
    }
    for (const [id, qos] of this.#sent) {
      const times = this.#processed.get(id) ?? [];
      // before the first SUBSCRIBE of a run, the broker has nobody to send to
      if (times.length === 0 && this.#losesSessions) continue;
      if (times.length === 0 && this.#delivered.has(id)) problems.push(`'${id}' of QoS ${qos} was never processed`);
      if (qos < 2 || this.#losesSessions) continue;
      if (manual && times.length > 1) problems.push(`'${id}' of QoS 2 was processed ${times.length} times`);
      const processes = new Set(times.map(time => time.process));
      if (!manual && processes.size < times.length) problems.push(`'${id}' of QoS 2 was delivered twice by a process`);
    }
    const keys = [...store.entriesOf('me').keys()].filter(key => !['f', 'e', 's'].includes(key));
    if (keys.length > 0) problems.push(`the store still has ${keys.join()}`);
    for (const { clientId, connected, queued, inFlight } of broker.sessions)
      if (clientId === 'me' && (queued + inFlight > 0 || !connected))
        problems.push(`the broker has ${queued} queued, ${inFlight} in flight, ${connected ? '' : 'not '}connected`);
    if (problems.length > 0) throw new Error(problems.join('; '));
  }
}
