import type { SchedulerLike } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import type { Receipt, StoredMessage } from '../protocol/session-recorder.js';

/** What a client gives to its journal. */
export interface JournalConfig {
  /** The option `clientId`, by which the store finds the session; '' if it is not set. */
  readonly clientId: string;
  readonly scheduler: SchedulerLike;
  /** Runs tasks at the end of the current turn. */
  readonly tick: SchedulerLike;
  /** ms since 1970 */
  readonly wallClock: () => number;
  /** Whether QoS 0 messages wait for a connection, and so are stored. */
  readonly keepsQos0: boolean;
  readonly createMessage: (stored: StoredMessage, sequence: number) => OutgoingPublish;
  readonly receiptOf: (packetId: number) => Receipt;
  readonly spentIds: () => readonly number[];
  /** Runs a task that may call the client after those that run now. */
  readonly run: (task: () => void) => void;
  /** Called when a batch is durable, with its messages. */
  readonly onDurable: (messages: Iterable<OutgoingPublish>) => void;
  /**
   * Called when a batch failed, with its messages that have never been durable, so that none of them was sent.
   *
   * @param isFirst - whether the batch before it succeeded.
   */
  readonly onFailed: (error: MqttError, messages: readonly OutgoingPublish[], isFirst: boolean) => void;
}
