import { type Observable, Subject } from 'rxjs';
import type { MqttWarning } from '../warnings.js';
import { warnOnConsole } from './environment.js';

/** Where warnings go. Lives with the client. */
export class Warnings {
  readonly #warning$ = new Subject<MqttWarning>();
  /** Codes that went to the console. */
  readonly #said = new Set<MqttWarning['code']>();

  readonly warning$: Observable<MqttWarning> = this.#warning$.asObservable();

  readonly warn = (warning: MqttWarning): void => {
    if (this.#warning$.observed) return this.#warning$.next(warning);
    if (this.#said.has(warning.code)) return;
    this.#said.add(warning.code);
    warnOnConsole(`rxjs-mqtt: ${warning.code}: ${warning.message}`);
  };
}
