import { type Observable, Subject } from 'rxjs';
import type { MqttWarning } from '../warnings.js';
import { printableMessage } from '../quoted.js';
import { warnOnConsole } from './environment.js';

/** Where warnings go. Lives with the client. */
export class Warnings {
  readonly #warning$ = new Subject<MqttWarning>();
  /** Codes that went to the console. */
  readonly #said = new Set<MqttWarning['code']>();

  readonly warning$: Observable<MqttWarning> = this.#warning$.asObservable();

  readonly warn = (unsafe: MqttWarning): void => {
    const warning = { ...unsafe, message: printableMessage(unsafe.message) };
    if (this.#warning$.observed) return this.#warning$.next(warning);
    if (this.#said.has(warning.code)) return;
    this.#said.add(warning.code);
    warnOnConsole(`rxjs-mqtt: ${warning.code}: ${warning.message}`);
  };
}
