import type { LoggerService } from '@nestjs/common';
import { type Observable, type Subscriber, Subscription, filter, lastValueFrom, map } from 'rxjs';
import {
  type ConnectionState,
  type MqttClient,
  MqttError,
  type MqttWarning,
  type PacketEvent,
  mqtt,
} from '../index.js';
import { quoted } from '../quoted.js';
import type { MqttConnectionOptions } from './options.js';

/** What `status` of a server or a proxy emits: the `status` of {@link ConnectionState}. */
export type MqttStatus = ConnectionState['status'];

/** The events of a server or a proxy, for `on()`. */
// an interface has no index signature, which NestJS asks for
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type MqttEvents = {
  /** Each state of the connection, the present one first. */
  connection: (state: ConnectionState) => void;
  /** Why a connection could not be made, or ended. */
  error: (error: MqttError) => void;
  /** Each warning of the client. */
  warning: (warning: MqttWarning) => void;
  /** Each packet, in both directions. */
  packet: (event: PacketEvent) => void;
};

/** The client of a server or a proxy, with what NestJS shows of it. Closed clients can be opened again. */
export class ClientHandle {
  readonly client: MqttClient;
  readonly #isOwn: boolean;
  readonly #logger: LoggerService;
  readonly #status: Pick<Subscriber<string>, 'next'>;
  readonly #listeners: (() => Subscription)[] = [];
  #subscriptions: Subscription | undefined;

  constructor(options: MqttConnectionOptions, logger: LoggerService, status: Pick<Subscriber<string>, 'next'>) {
    this.client = options.client ?? mqtt(options.url ?? 'mqtt://localhost', options.options);
    this.#isOwn = options.client === undefined;
    this.#logger = logger;
    this.#status = status;
  }

  /** Begins to report states and events. Connects nothing. */
  open(): void {
    if (this.#subscriptions) return;
    this.#subscriptions = new Subscription();
    this.#subscriptions.add(this.client.connection$.subscribe(state => this.#status.next(state.status)));
    this.#subscriptions.add(this.#log());
    for (const listen of this.#listeners) this.#subscriptions.add(listen());
  }

  /** Throws INVALID_ARGUMENT if there is no such event: applications that come from NestJS's own transport ask for those of MQTT.js. */
  on<E extends keyof MqttEvents>(event: E, callback: MqttEvents[E]): void {
    if (!Object.hasOwn(this.#events, event))
      throw new MqttError(
        'INVALID_ARGUMENT',
        `unknown event ${quoted(event)}; known are ${Object.keys(this.#events).join(', ')}`,
        { subject: 'event' },
      );
    const listen = () => this.#events[event].subscribe(value => (callback as (value: unknown) => void)(value));
    this.#listeners.push(listen);
    this.#subscriptions?.add(listen());
  }

  /** Disconnects a client of its own, after its messages have settled or `drain` ms. */
  async close(drain: number): Promise<void> {
    if (this.#isOwn) await lastValueFrom(this.client.disconnect({ drain }), { defaultValue: undefined });
    this.#subscriptions?.unsubscribe();
    this.#subscriptions = undefined;
  }

  get #events(): Record<keyof MqttEvents, Observable<unknown>> {
    const { connection$, warning$, packet$ } = this.client;
    const error$ = connection$.pipe(
      map(state => ('error' in state ? state.error : undefined)),
      filter(error => error !== undefined),
    );
    return { connection: connection$, error: error$, warning: warning$, packet: packet$ };
  }

  /** Logs what somebody who runs a service wants to know: connected, lost and why, back again, warnings. */
  #log(): Subscription {
    const logged = new Subscription();
    let failures = 0;
    const onState = (state: ConnectionState) => {
      if (state.status === 'connected') {
        failures = 0;
        this.#logger.log(`Connected to ${state.url}`);
      } else if (state.status === 'reconnecting') {
        failures++;
        if (failures === 1 || failures % 10 === 0) this.#logger.warn(`${state.error.message} (${state.error.code})`);
      } else if (state.status === 'closed' && state.error) {
        this.#logger.error(`The client is closed: ${state.error.message} (${state.error.code})`);
      }
    };
    logged.add(this.client.connection$.subscribe(onState));
    logged.add(
      this.client.warning$.subscribe(({ code, message }) => {
        this.#logger.warn(`${message} (${code})`);
      }),
    );
    return logged;
  }
}
