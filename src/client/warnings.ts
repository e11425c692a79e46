import { type Observable, Subject } from 'rxjs';
import type { MqttWarning } from '../warnings.js';
import { printableMessage } from '../quoted.js';
import { warnOnConsole } from './platform/environment.js';

/** Emits warnings on `warning$`, or writes them to the console while nobody is subscribed. Lives with the client. */
export class Warnings {
  readonly #warnOnConsole: (text: string) => void;
  readonly #warning$ = new Subject<MqttWarning>();
  /** Codes that were written to the console: each is written once. */
  readonly #codesOnConsole = new Set<MqttWarning['code']>();

  readonly warning$: Observable<MqttWarning> = this.#warning$.asObservable();

  /** @param toConsole - called with a warning while nobody is subscribed to `warning$`. */
  constructor(toConsole = warnOnConsole) {
    this.#warnOnConsole = toConsole;
  }

  readonly warn = (unsafe: MqttWarning): void => {
    const warning = { ...unsafe, message: printableMessage(unsafe.message) };
    if (this.#warning$.observed) return this.#warning$.next(warning);
    if (this.#codesOnConsole.has(warning.code)) return;
    this.#codesOnConsole.add(warning.code);
    this.#warnOnConsole(`rxjs-mqtt: ${warning.code}: ${warning.message}`);
  };
}

/** Counts events that are too many to warn of each: only the 1st, the 10th, the 100th and so on are reported. */
export class WarningCounter {
  count = 0;
  #nextReported = 1;

  /** Counts an event. Returns whether it is to be reported. */
  increment(): boolean {
    if (++this.count < this.#nextReported) return false;
    this.#nextReported *= 10;
    return true;
  }
}
