import { type Observable, Subject } from 'rxjs';
import type { MqttWarning } from '../warnings.js';
import { printableMessage } from '../quoted.js';
import { warnOnConsole } from './platform/environment.js';

/** Where warnings go. Lives with the client. */
export class Warnings {
  readonly #warn: (words: string) => void;
  readonly #warning$ = new Subject<MqttWarning>();
  /** Codes that went to the console. */
  readonly #codesOnConsole = new Set<MqttWarning['code']>();

  readonly warning$: Observable<MqttWarning> = this.#warning$.asObservable();

  /** @param warn - told what nobody listens to. */
  constructor(warn = warnOnConsole) {
    this.#warn = warn;
  }

  readonly warn = (unsafe: MqttWarning): void => {
    const warning = { ...unsafe, message: printableMessage(unsafe.message) };
    if (this.#warning$.observed) return this.#warning$.next(warning);
    if (this.#codesOnConsole.has(warning.code)) return;
    this.#codesOnConsole.add(warning.code);
    this.#warn(`rxjs-mqtt: ${warning.code}: ${warning.message}`);
  };
}
