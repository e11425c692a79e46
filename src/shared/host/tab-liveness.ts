import { type SchedulerLike, Subscription } from 'rxjs';
import { KEEPALIVE } from './connack.js';

/** ms in which a tab must answer. Only a page that the browser has frozen, or that is stuck, does not. */
const PROBE_TIMEOUT = 10_000;
/** ms between a sign of life and the next question for one. */
const PROBE_INTERVAL = 5000;

/** What the liveness of a tab is told, and asks. */
export interface LivenessListener {
  /** Whether the tab has so much to read or to acknowledge that it may be frozen. */
  readonly isBehind: boolean;
  /** Called to ask the tab for a sign of life. */
  onProbe(): void;
  /** Called when the tab has given none in time. */
  onDead(): void;
}

/** Finds out whether a tab still runs: it must send something from time to time, and answer when much waits for it. Lives with the port. */
export class TabLiveness {
  readonly #scheduler: SchedulerLike;
  readonly #listener: LivenessListener;
  #keepaliveTimer = Subscription.EMPTY;
  #probeTimer = Subscription.EMPTY;

  constructor(scheduler: SchedulerLike, listener: LivenessListener) {
    this.#scheduler = scheduler;
    this.#listener = listener;
  }

  /** Gives the tab one and a half times the keepalive until it must send something [MQTT-3.1.2-22]. */
  restartKeepalive(): void {
    this.#keepaliveTimer.unsubscribe();
    this.#keepaliveTimer = this.#scheduler.schedule(() => this.#listener.onDead(), KEEPALIVE * 1500);
  }

  /** Asks the tab, unless it was asked a short time ago. */
  probe(): void {
    if (!this.#probeTimer.closed) return;
    this.#listener.onProbe();
    this.#probeTimer = this.#scheduler.schedule(() => this.#listener.onDead(), PROBE_TIMEOUT);
  }

  onAnswer(): void {
    const probeAgain = () => {
      this.#probeTimer.unsubscribe();
      if (this.#listener.isBehind) this.probe();
    };
    this.#probeTimer.unsubscribe();
    this.#probeTimer = this.#scheduler.schedule(probeAgain, PROBE_INTERVAL);
  }

  stop(): void {
    this.#keepaliveTimer.unsubscribe();
    this.#probeTimer.unsubscribe();
  }
}
