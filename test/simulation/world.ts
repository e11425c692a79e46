import { Subscription, noop } from 'rxjs';
import {
  type MqttClient,
  type MqttError,
  type MqttOptions,
  type ProtocolVersion,
  type QoS,
  mqtt,
} from '../../src/index.js';
import { Machine, type Process } from '../store/machine.js';

/** What differs between runs. */
export interface Setting {
  readonly version: ProtocolVersion;
  readonly deliverQos2: 'publish' | 'release';
  /** The program acknowledges by hand, and writes the receipt itself, together with a row of its own. */
  readonly manual: boolean;
  readonly receiveMaximum: number;
}

/** Every silence is noticed soon, and every attempt follows soon. */
const impatient = {
  keepalive: 1,
  pingTimeout: 300,
  ackTimeout: 500,
  connectTimeout: 400,
  reconnect: { initial: 20, max: 50 },
  maxDeliveries: Infinity, // cuts look like a bad message, and an isolated one leaves the order
  quiet: true,
} as const satisfies MqttOptions;

interface Sent {
  readonly qos: QoS;
  /** Whether `until: 'queued'` has emitted, so that the message must arrive. */
  isDurable: boolean;
  /** Whether its publish failed as 'rejected', so that it must not arrive. */
  isRejected: boolean;
}

/** A machine with a store, whose program publishes and receives, and dies; a broker; and a client that sees what arrives. */
export class World {
  readonly machine: Machine;
  readonly trace: string[] = [];
  readonly #setting: Setting;
  readonly #random: () => number;
  readonly #watcher: MqttClient;
  readonly #sent = new Map<string, Sent>();
  /** By message, how often it arrived, in the order of the first arrivals. */
  readonly #arrived = new Map<string, number>();
  readonly #published: string[] = [];
  /** How often each message was delivered, by life of the program. */
  readonly #delivered: Map<string, number>[] = [];
  /** The rows that the program writes together with the receipt. */
  readonly #rows = new Map<string, number>();
  #process!: Process;
  #stream = Subscription.EMPTY;
  #life = 0;
  #storeFailsUntil = 0;

  constructor(setting: Setting, random: () => number) {
    this.#setting = setting;
    this.#random = random;
    this.machine = new Machine({
      delay: () => this.#upTo(6),
      beforeWrite: changes => {
        const fails = this.now < this.#storeFailsUntil;
        const keys = changes.map(({ type, key }) => `${type} ${key.replace(/0{3,}/, '')}`);
        this.note(`store ${fails ? 'fails' : 'writes'}: ${keys.join(', ')}`);
        if (fails) throw new Error('the disk is full');
      },
    });
    const { transport, packet$ } = this.machine.broker;
    packet$.subscribe(({ clientId, direction, packet }) => {
      if (clientId === 'me')
        this.note(`broker ${direction} ${packet.cmd} ${'packetId' in packet ? packet.packetId : ''}`);
    });
    const options = { ...impatient, clientId: 'watcher', clean: false, transport, scheduler: this.machine.clock };
    this.#watcher = mqtt('mqtt://broker', { ...options, random: () => 0.5 });
    this.#watcher.topic$('out', { qos: 2 }).subscribe(message => {
      const name = message.text();
      this.#arrived.set(name, (this.#arrived.get(name) ?? 0) + 1);
    });
    this.start();
    this.machine.run(200);
  }

  get now(): number {
    return this.machine.clock.now();
  }

  note(text: string): void {
    this.trace.push(`${this.now} ${text}`);
  }

  /** Publishes from the program. */
  publish(qos: QoS): void {
    const name = String(this.#sent.size);
    const sent: Sent = { qos, isDurable: false, isRejected: false };
    const life = this.#life;
    this.#sent.set(name, sent);
    this.note(`program publishes ${name} at QoS ${qos}`);
    this.#process.client.publish('out', name, { qos, until: 'queued', tag: name }).subscribe({
      // what a dead program is told counts no more
      next: () => (sent.isDurable ||= life === this.#life),
      error: (error: unknown) =>
        (sent.isRejected ||= life === this.#life && (error as MqttError).delivery === 'rejected'),
    });
  }

  /** Publishes to the program. */
  publishToProgram(): void {
    const name = `in${this.#published.length}`;
    this.#published.push(name);
    this.machine.broker.publish('in', name, { qos: 2 });
  }

  crash(finishesBatch: boolean): void {
    this.note(`program dies${finishesBatch ? ', and its batch is still written' : ''}`);
    this.#life++;
    this.#process.kill(finishesBatch);
    this.start();
  }

  /** Has the program close its client, and open it again after so many ms. */
  reopen(ms: number): void {
    const { client } = this.#process;
    const life = this.#life;
    this.note('program disconnects');
    client.disconnect().subscribe();
    this.machine.clock.schedule(() => {
      if (life !== this.#life) return;
      client.connect().subscribe({
        next: () => {
          if (life !== this.#life || !this.#stream.closed) return;
          // like a new process, the client knows what the store knows
          this.#delivered.push(new Map());
          this.#receive();
        },
        error: noop,
      });
    }, ms);
  }

  cut(): void {
    if (this.machine.broker.sessions.some(({ clientId, connected }) => connected && clientId === 'me'))
      this.machine.broker.cut('me');
  }

  failStore(ms: number): void {
    this.note(`the store fails for ${ms} ms`);
    this.#storeFailsUntil = this.now + ms;
  }

  start(): void {
    const { version, deliverQos2, receiveMaximum } = this.#setting;
    const properties = version === 5 ? { properties: { receiveMaximum } } : {};
    this.#process = this.machine.start({ ...impatient, ...properties, protocolVersion: version, deliverQos2 });
    this.#delivered.push(new Map());
    this.#process.client.restored$.subscribe({ error: noop });
    this.#receive();
  }

  /** Ends all faults, and lets everything settle. */
  settle(): void {
    this.#storeFailsUntil = 0;
    this.machine.run(1000);
    if (this.#process.client.connection.status === 'closed') this.crash(false);
    for (let i = 0; i < 2; i++) {
      this.machine.run(10_000);
      // what a broker has sent, and has lost on the way, is sent again on the next connection only
      this.machine.broker.cut();
    }
    this.machine.run(10_000);
    this.#watcher.close();
    this.#life++;
    this.#process.kill();
  }

  /** What must not be after everything has settled. */
  get problems(): string[] {
    return [...this.#outbound(), ...this.#inbound(), ...this.#leftovers()];
  }

  *#outbound(): Generator<string> {
    for (const [name, { qos, isDurable, isRejected }] of this.#sent) {
      const times = this.#arrived.get(name) ?? 0;
      if (isDurable && times === 0) yield `message ${name} of QoS ${qos} was lost`;
      if (qos === 2 && times > 1) yield `message ${name} of QoS 2 arrived ${times} times`;
      if (isRejected && times > 0) yield `message ${name} was rejected, and arrived`;
    }
    for (const qos of [1, 2]) {
      const names = [...this.#arrived.keys()].filter(name => this.#sent.get(name)?.qos === qos).map(Number);
      if (names.some((name, i) => i > 0 && name < names[i - 1]!))
        yield `QoS ${qos} arrived in the order ${names.join()}`;
    }
  }

  *#inbound(): Generator<string> {
    for (const name of this.#published) {
      const lives = this.#delivered.map(life => life.get(name) ?? 0);
      const rows = this.#rows.get(name) ?? 0;
      if (this.#setting.manual && rows !== 1) yield `message ${name} has ${rows} rows`;
      if (!this.#setting.manual && lives.some(times => times > 1))
        yield `message ${name} was delivered twice in one life`;
      if (lives.every(times => times === 0)) yield `message ${name} was never delivered`;
    }
  }

  *#leftovers(): Generator<string> {
    const keys = [...this.machine.store.entriesOf('me').keys()].filter(key => !['f', 'e', 's'].includes(key));
    if (keys.length > 0) yield `the store still has ${keys.join()}`;
    const { queued = 0, inFlight = 0 } = this.machine.broker.sessions.find(({ clientId }) => clientId === 'me') ?? {};
    if (queued + inFlight > 0) yield `the broker still has ${queued} messages queued and ${inFlight} in flight`;
  }

  #receive(): void {
    const { client } = this.#process;
    const life = this.#life;
    const delivered = this.#delivered.at(-1)!;
    const note = (name: string) => delivered.set(name, (delivered.get(name) ?? 0) + 1);
    if (!this.#setting.manual) {
      this.#stream = client.topic$('in', { qos: 2 }).subscribe({ next: message => note(message.text()), error: noop });
      return;
    }
    this.#stream = client.topic$('in', { qos: 2, ack: 'manual' }).subscribe({
      next: message => {
        note(message.text());
        this.#later(life, this.#upTo(30), () => {
          const { receipt } = message;
          if (message.stale || receipt === undefined) return;
          // one transaction: the row, and the receipt
          const entries = this.machine.store.entriesOf('me');
          if (receipt.type === 'put') entries.set(receipt.key, receipt.value);
          else entries.delete(receipt.key);
          this.#rows.set(message.text(), (this.#rows.get(message.text()) ?? 0) + 1);
          this.note(`program writes the row of ${message.text()} and ${receipt.type} ${receipt.key}`);
          this.#later(life, this.#upTo(3) * 5, () => message.ack({ stored: true }));
        });
      },
      error: noop,
    });
  }

  /** Runs a task of the program, now or later, unless the program has died by then. */
  #later(life: number, ms: number, task: () => void): void {
    const run = () => {
      if (life === this.#life) task();
    };
    if (ms < 10) run();
    else this.machine.clock.schedule(run, ms);
  }

  #upTo(n: number): number {
    return Math.floor(this.#random() * n);
  }
}
