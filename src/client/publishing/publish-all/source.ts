import type { Unsubscribable } from 'rxjs';
import type { MqttError } from '../../../errors.js';

/** Where the messages of `publishAll` come from. Unsubscribed, it asks for no more, and still gives what it has. */
export interface Source extends Unsubscribable {
  /** Gives as many as there is room for. */
  advance(): void;
}

/** Where they go. */
export interface Sink {
  /** Whether one more may come. */
  readonly hasRoom: boolean;
  /** `since` is when it came, in ms, where that was not now. */
  send(message: unknown, since?: number): void;
  /** This one does not go anywhere. */
  refuse(message: unknown, error: MqttError): void;
  /** All have been given; with an error, that is why. */
  end(error?: Failure): void;
  /** There may be something to do. */
  advance(): void;
}

/** What a source failed with: anything, even undefined. */
export interface Failure {
  readonly why: unknown;
}
