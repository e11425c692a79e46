import { NEVER, Observable, Subject, Subscription, VirtualTimeScheduler, ignoreElements, merge, of } from 'rxjs';
import { ServerEncoder } from '../../../src/codec/server/server-encoder.js';
import { type ConnectionState, type MqttClient, type MqttOptions, MqttError, mqtt } from '../../../src/index.js';
import type { ConnackPacket, Packet } from '../../../src/packets.js';
import type { PlatformSignal } from '../../../src/platform.js';
import type { Link } from '../../../src/transport/link.js';
import { authentication, connack } from '../../support/packets.js';
import { transitions } from './transitions.js';

export type Status = ConnectionState['status'];

export interface Settings {
  readonly protocolVersion: 4 | 5;
  /** ms from the subscription of the transport to its link; 0: in the same call. */
  readonly opening: number;
  /** The broker answers each CONNECT with CONNACK, in the same call. */
  readonly accepting?: boolean;
}

const CONNECT = 1;
const DISCONNECT = 14;

/** `'accepted'`, or refused: for now, and for good. */
export type Answer = 'accepted' | 'busy' | 'banned';

/** One link, as the broker sees it. */
class BrokerLink {
  readonly data$ = new Subject<Uint8Array>();
  /** Types of the packets that have come. */
  readonly received: number[] = [];
  open = true;
  /** The client has ended its side, or given the link up. */
  left = false;
  answered: Answer | undefined;
  /** The broker ended it: nobody can say goodbye on it any more. */
  lost = false;

  get greeted(): boolean {
    return this.received.includes(CONNECT);
  }
}

/** What a subscription of a call has heard. */
interface Call {
  readonly verb: string;
  readonly heard: string[];
}

/** A client on virtual time with a broker that does what it is told, and everything that must hold of the two. */
export class World {
  readonly settings: Settings;
  readonly problems: string[] = [];
  readonly client: MqttClient;
  readonly links: BrokerLink[] = [];
  readonly calls: Call[] = [];
  readonly statuses: Status[] = [];
  readonly #scheduler = new VirtualTimeScheduler();
  readonly #signal$ = new Subject<PlatformSignal>();
  #pageShown = true;
  #completed = 0;
  #watching = Subscription.EMPTY;
  /** Called with each state, in its own emission. */
  onState: (status: Status) => void = () => undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    this.client = mqtt('mqtt://broker', optionsFor(settings, this));
    this.#watch();
  }

  get status(): Status {
    return this.client.connection.status;
  }

  get scheduler(): VirtualTimeScheduler {
    return this.#scheduler;
  }

  get signal$(): Observable<PlatformSignal> {
    return this.#signal$;
  }

  get pageShown(): boolean {
    return this.#pageShown;
  }

  /** The link of the present; undefined when there is none. */
  get link(): BrokerLink | undefined {
    return this.links.find(({ open }) => open);
  }

  call(verb: 'connect' | 'reconnect' | 'disconnect' | 'reauthenticate'): void {
    const call: Call = { verb, heard: [] };
    this.calls.push(call);
    const stream$: Observable<unknown> = this.client[verb]();
    stream$.subscribe({
      next: () => {
        call.heard.push('value');
        if (verb !== 'reauthenticate')
          this.#expect(this.status === 'connected', `${verb}() emits while ${this.status}`);
      },
      error: (error: unknown) => {
        call.heard.push('error');
        this.#expect(MqttError.is(error), `${verb}() errors with ${String(error)}`);
      },
      complete: () => call.heard.push('end'),
    });
  }

  signal(signal: 'pagehide' | 'pageshow'): void {
    this.#pageShown = signal === 'pageshow';
    this.#signal$.next(signal);
  }

  answer(answer: Answer): void {
    const { link } = this;
    link!.answered = answer;
    link!.data$.next(this.#bytes(connackOf(this.settings.protocolVersion, answer)));
  }

  cut(): void {
    const { link } = this;
    link!.lost = true;
    link!.data$.complete();
  }

  /** ms; undefined: not even what waits for the end of the turn runs. */
  pass(ms: number | undefined): void {
    if (ms === undefined) return;
    const until = this.#scheduler.frame + ms;
    this.#scheduler.maxFrames = until;
    this.#scheduler.flush();
    this.#scheduler.frame = until;
  }

  /** What must hold between two events, whatever they were. */
  check(): void {
    const { status } = this;
    const open = this.links.filter(link => link.open);
    this.#expect(open.length <= 1, `${open.length} links are open at a time`);
    const idle = status === 'closed' || status === 'idle';
    this.#expect(!idle || open.length === 0, `a link is open while ${status}`);
    const accepted = open.some(({ answered }) => answered === 'accepted');
    this.#expect(status !== 'connected' || accepted, 'connected without a CONNACK on the present link');
    this.#expect(status !== 'closed' || this.#completed > 0, 'closed, and connection$ goes on');
    for (const { verb, heard } of this.calls) {
      const said = heard.join(', ');
      const right = said === '' || said === 'error' || said === (verb === 'disconnect' ? 'end' : 'value, end');
      this.#expect(right, `${verb}() says: ${said}`);
      this.#expect(status !== 'closed' || said !== '', `${verb}() hears nothing of the end`);
    }
    for (const link of this.links) this.#checkLink(link);
  }

  /** What the future depends on, as far as it can be seen from outside. Timers of more than a second (pings, the clock) do not count. */
  get fingerprint(): string {
    const now = this.#scheduler.frame;
    const timers = this.#scheduler.actions.map(({ delay }) => delay - now).filter(left => left < 1_000);
    const { link } = this;
    const present = link && [link.left, link.answered, link.greeted, link.received.includes(DISCONNECT)];
    const waiting = new Set(this.calls.filter(({ heard }) => heard.length === 0).map(({ verb }) => verb));
    const kept = this.links.some(({ answered }) => answered === 'accepted');
    return JSON.stringify([this.status, this.#pageShown, present, [...waiting].sort(), timers, kept]);
  }

  dispose(): void {
    this.#watching.unsubscribe();
  }

  /** A transport's work: gives the link after the time it takes. */
  open(): Observable<Link> {
    return new Observable(subscriber => {
      const open = () => {
        const link = new BrokerLink();
        this.links.push(link);
        subscriber.add(() => this.#closed(link));
        subscriber.next({
          data$: link.data$,
          write: chunk => {
            this.#expect(link.open && !link.left, 'bytes are written to a link that was left');
            link.received.push(...typesOf(chunk));
            if (this.settings.accepting && link.greeted && link.answered === undefined) this.answer('accepted');
            return true;
          },
          drain$: NEVER,
          end: () => (link.left = true),
        });
      };
      if (this.settings.opening === 0) open();
      else subscriber.add(this.#scheduler.schedule(open, this.settings.opening));
    });
  }

  #watch(): void {
    let before: Status | undefined;
    this.#watching = this.client.connection$.subscribe({
      next: ({ status }) => {
        const legal = before === undefined || transitions.has(`${before} -> ${status}`);
        this.#expect(legal, `${before} -> ${status} is no transition of docs/architecture.md`);
        before = status;
        this.statuses.push(status);
        this.onState(status);
      },
      error: () => this.#expect(false, 'connection$ errors'),
      complete: () => this.#completed++,
    });
  }

  /** connection$ is asked for again after the end. */
  rewatch(): void {
    if (this.#completed === 0 || this.status === 'closed') return;
    this.#completed = 0;
    this.#watch();
  }

  #closed(link: BrokerLink): void {
    link.open = false;
    link.left = true;
  }

  #checkLink({ received, answered, open, lost }: BrokerLink): void {
    const [first = CONNECT, ...others] = received;
    this.#expect(
      first === CONNECT && !others.includes(CONNECT),
      `CONNECT is not the first and only: ${received.join()}`,
    );
    const at = received.indexOf(DISCONNECT);
    this.#expect(at < 0 || at === received.length - 1, `something follows DISCONNECT: ${received.join()}`);
    const orderly = !open && answered === 'accepted' && !lost;
    this.#expect(!orderly || at > 0, 'the client leaves a link after CONNACK without DISCONNECT');
  }

  #expect(holds: boolean, problem: string): void {
    if (!holds && !this.problems.includes(problem)) this.problems.push(problem);
  }

  #bytes(packet: Packet): Uint8Array {
    const encoder = new ServerEncoder(this.settings.protocolVersion);
    encoder.write(packet);
    return encoder.take();
  }
}

function optionsFor({ protocolVersion }: Settings, world: World): MqttOptions {
  return {
    protocolVersion,
    clientId: 'model',
    scheduler: world.scheduler,
    platformSignal$: new Observable(subscriber => world.signal$.subscribe(subscriber)),
    transport: () => world.open(),
    random: () => 1,
    keepalive: 0,
    reconnect: { initial: 10, max: 20, jitter: 'none' },
    closeTimeout: 30,
    connectTimeout: 50,
    ...(protocolVersion === 5 && {
      authentication: {
        method: 'T',
        exchange: challenge$ => merge(of('token'), challenge$.pipe(ignoreElements())),
      },
    }),
  };
}

function connackOf(version: 4 | 5, answer: Answer): ConnackPacket {
  if (version === 4) return connack({ returnCode: { accepted: 0, busy: 3, banned: 2 }[answer] });
  if (answer === 'accepted') return connack({ properties: authentication() });
  return connack({ reasonCode: answer === 'busy' ? 0x88 : 0x8a });
}

/** The types of the packets in a chunk of whole packets. */
function typesOf(chunk: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at < chunk.length;) {
    types.push(chunk[at]! >> 4);
    let length = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = chunk[++at]!;
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f);
    at += 1 + length;
  }
  return types;
}
