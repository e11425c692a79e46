import type { Observable } from 'rxjs';
import type { MqttWarning } from '../warnings.js';
import { printableMessage } from '../quoted.js';
import { LateSubject } from './streams/late-subject.js';
import { warnOnConsole } from './platform/environment.js';

interface Counted {
  count: number;
  /** The next count that is reported. */
  nextReported: number;
}

/** Emits warnings on `warning$`, or writes them to the console while nobody is subscribed. Lives with the client. */
export class Warnings {
  readonly #warnOnConsole: (text: string) => void;
  /** Undefined until `warning$` is read. */
  #warnings: LateSubject<MqttWarning> | undefined;
  /** Codes that were written to the console: each is written once. Undefined until the first. */
  #codesOnConsole: Set<MqttWarning['code']> | undefined;
  /** The counts by code. Undefined until the first. */
  #counts: Map<MqttWarning['code'], Counted> | undefined;

  /** @param toConsole - called with a warning while nobody is subscribed to `warning$`. */
  constructor(toConsole = warnOnConsole) {
    this.#warnOnConsole = toConsole;
  }

  get warning$(): Observable<MqttWarning> {
    return (this.#warnings ??= new LateSubject()).values$;
  }

  warn(unsafe: MqttWarning): void {
    const warning = { ...unsafe, message: printableMessage(unsafe.message) };
    if (this.#warnings?.observed) return this.#warnings.next(warning);
    const onConsole = (this.#codesOnConsole ??= new Set());
    if (onConsole.has(warning.code)) return;
    onConsole.add(warning.code);
    this.#warnOnConsole(`rxjs-mqtt: ${warning.code}: ${warning.message}`);
  }

  /** Counts an event that is too frequent to warn of each one. Returns the count for the 1st, the 10th, the 100th and so on, otherwise undefined. */
  count(code: MqttWarning['code']): number | undefined {
    const counts = (this.#counts ??= new Map<MqttWarning['code'], Counted>());
    let counted = counts.get(code);
    if (counted === undefined) counts.set(code, (counted = { count: 0, nextReported: 1 }));
    if (++counted.count < counted.nextReported) return undefined;
    counted.nextReported *= 10;
    return counted.count;
  }
}
