import { Observable, type SchedulerLike, Subscription, concat, filter, map, of, switchMap, tap } from 'rxjs';
import { reopened$ } from '../../client/lifecycle/connection-states.js';
import { mqtt } from '../../client/mqtt.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { MqttOptions } from '../../options/options.js';
import type { Transport } from '../../transport/link.js';
import { ProcessScheduler } from './process-scheduler.js';

/** What a client is given unless its program says otherwise: it notices trouble soon, and tries again soon. */
const IMPATIENT: MqttOptions = {
  clientId: 'me',
  clean: false,
  keepalive: 1,
  pingTimeout: 250,
  connectTimeout: 400,
  ackTimeout: 300,
  closeTimeout: 100,
  reconnect: { initial: 10, max: 100, jitter: 'none' },
  maxDeliveries: Infinity,
  quiet: true,
};

/** ms after which a process that has been condemned dies, if it does not take its last steps before. */
const LONGEST_LAST_STEPS = 100;

export interface SimulatedProcessConfig {
  readonly clock: SchedulerLike;
  readonly transport: Transport;
  /** Called when the process has taken the last one of the steps that it had left. */
  readonly onLastStep: () => void;
}

/**
 * One process: what it has scheduled and its links end with it. Its steps are the tasks that it runs and the bytes that arrive, so that it
 * can die between any two of them.
 */
export class SimulatedProcess {
  readonly #config: SimulatedProcessConfig;
  readonly #scheduler: ProcessScheduler;
  readonly #links = new Subscription();
  #stepsLeft = Infinity;

  constructor(config: SimulatedProcessConfig) {
    this.#config = config;
    this.#scheduler = new ProcessScheduler(config.clock, () => this.step());
  }

  /** Creates the client of the process. */
  createClient(options: MqttOptions): MqttClient {
    return mqtt('mqtt://broker', {
      ...IMPATIENT,
      transport: this.#transport,
      scheduler: this.#scheduler,
      ...options,
    });
  }

  /** Calls back, in a task of its own, each time when the client has closed. */
  watchClosed(client: MqttClient, onClosed: () => void, onError: (error: unknown) => void): void {
    concat(of(undefined), reopened$(client))
      .pipe(switchMap(() => client.connection$))
      .subscribe({
        next: ({ status }) => {
          if (status === 'closed') this.#scheduler.schedule(onClosed);
        },
        error: onError,
      });
  }

  /** Has the process take this number of steps more, and then no more. */
  dieAfter(steps: number): void {
    this.#stepsLeft = Math.min(this.#stepsLeft, steps);
    if (this.#stepsLeft <= 0) return this.#config.onLastStep();
    this.#scheduler.schedule(() => this.#config.onLastStep(), LONGEST_LAST_STEPS);
  }

  /** Called before each step. */
  step(): void {
    if (--this.#stepsLeft < 0) this.#config.onLastStep();
  }

  /** Ends what it has scheduled, and its links. Bytes that it has written arrive. */
  die(): void {
    this.#scheduler.die();
    this.#links.unsubscribe();
  }

  readonly #transport: Transport = target =>
    new Observable(subscriber => {
      const link$ = this.#config.transport(target).pipe(
        map(link => ({
          ...link,
          data$: link.data$.pipe(
            tap(() => this.step()),
            filter(() => !this.#links.closed),
          ),
        })),
      );
      const link = link$.subscribe(subscriber);
      this.#links.add(link);
      subscriber.add(() => {
        this.#links.remove(link);
        link.unsubscribe();
      });
    });
}
