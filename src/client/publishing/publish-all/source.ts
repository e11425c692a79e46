import type { Unsubscribable } from 'rxjs';
import type { MqttError } from '../../../errors.js';

/** The source of the messages of `publishAll`. After `unsubscribe()` it requests no more messages, and still sends those it has. */
export interface Source extends Unsubscribable {
  /** Begins to send messages to the sink. Called once. */
  start(): void;
  /** Sends messages to the sink while that has room. */
  advance(): void;
}

/** The receiver of the messages of a {@link Source}. */
export interface Sink {
  /** Whether the sink takes one more message. */
  readonly hasRoom: boolean;
  /** Whether the source has to stop, because the event loop has been held for long enough. `advance()` is called in a later turn. */
  readonly isYielding: boolean;
  /** @param since - the time of arrival in ms, where the message has waited in the source. */
  send(message: unknown, since?: number): void;
  /** Reports a message that the source had no room for. */
  refuse(message: unknown, error: MqttError): void;
  /** Called when the source has sent all messages, or failed. */
  end(error?: Failure): void;
  /** Called when the source may have messages to send, or has ended. */
  advance(): void;
}

/** The error of a source, which may be any value, also undefined. */
export interface Failure {
  readonly why: unknown;
}
