import type { Observable } from 'rxjs';
import type { MqttWarning } from '../warnings.js';
import { printableMessage } from '../quoted.js';
import { LateSubject } from './streams/late-subject.js';
import { warnOnConsole } from './platform/environment.js';

/** Emits warnings on `warning$`, or writes them to the console while nobody is subscribed. Lives with the client. */
export class Warnings {
  readonly #warnOnConsole: (text: string) => void;
  /** Undefined until `warning$` is read. */
  #warnings: LateSubject<MqttWarning> | undefined;
  /** Codes that were written to the console: each is written once. Undefined until the first. */
  #codesOnConsole: Set<MqttWarning['code']> | undefined;

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
