import type { SchedulerLike } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { MqttError } from '../../errors.js';
import type { Payload } from '../../message.js';
import type { ConnectionState } from '../../state.js';
import type { MockPublication } from './mock-publication.js';
import type { Given } from './granting-broker.js';

/** How a mock begins, and who settles what is published. */
export interface MockMqttOptions {
  /** The state it begins in. Default `'connected'`. */
  connection?: ConnectionState | ConnectionState['status'];
  /** Who settles what is published: the mock, at once while it is connected; or the test, by `published`. Default `'automatic'`. */
  settle?: 'automatic' | 'byHand';
  /** For `linger`. Default `asyncScheduler`, which is virtual inside of `TestScheduler.run()`. */
  scheduler?: SchedulerLike;
}

/** A client without a broker and without a protocol, for tests of what uses one. Nothing happens in it but what the test says. */
export interface MockMqtt extends MqttClient {
  /** What the application has published, in order; settled or not. */
  readonly published: readonly MockPublication[];
  /** The filters subscribed to now, in the order of their SUBSCRIBE. */
  readonly filters: readonly string[];
  /** A message arrives: at every `topic$` that matches, else at `unrouted$`. */
  emit(topic: string, payload?: Payload, given?: Given): void;
  /** The connection changes. `'closed'` ends the streams of topics and what is pending, as in a client. */
  setConnection(state: ConnectionState | ConnectionState['status']): void;
  /** Errors the streams of a filter: with this error, or with `SUBSCRIBE_REFUSED` for a reason code. */
  fail(filter: string, error: MqttError | number): void;
  /** Throws while something that was published is not settled, and says what. */
  assertNoPending(): void;
}
