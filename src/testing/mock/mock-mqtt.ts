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
  /** What waits in the client waits here: `linger`, `timeout`, and the like. The mock itself sets no timer. Default `asyncScheduler`, which is virtual inside of `TestScheduler.run()`. */
  scheduler?: SchedulerLike;
}

/**
 * The client itself, over a broker in the same process that grants whatever it is asked, for tests of what uses a client. It does not
 * connect, lose a connection or receive anything but what the test says, and all of it happens before the call returns.
 *
 * It is a client with `clientId: 'mock'`, `keepalive: 0`, and everything else as it is by default: a clean session of MQTT 5.0.
 */
export interface MockMqtt extends MqttClient {
  /** What the application has published, in order; settled or not. */
  readonly published: readonly MockPublication[];
  /** The filters subscribed to, in the order of their SUBSCRIBE. While the mock is not connected: those of the last connection that are still wanted. */
  readonly filters: readonly string[];
  /**
   * A message arrives: at every `topic$` that matches, else at `unrouted$`. With QoS 1 or 2 and no `packetId` it has the next free one.
   *
   * @throws MqttError `INVALID_ARGUMENT` for a topic that is none, and while the mock is not connected. Throws `PROTOCOL_ERROR` or
   * `MALFORMED_PACKET` for what no broker may send, at which the connection ends.
   */
  emit(topic: string, payload?: Payload, given?: Given): void;
  /**
   * Leads the client to this state; `connection$` does not show the steps to it. `'closed'` ends the streams of topics and what is
   * pending. A whole state is shown as it is given; the properties of its `connack` count for the client, and its `error` is what the
   * connection ends with.
   *
   * @throws MqttError `INVALID_ARGUMENT` for what is no state, and for `'idle'`, to which no client comes back.
   */
  setConnection(state: ConnectionState | ConnectionState['status']): void;
  /**
   * Errors the streams of a filter: with this error, or with `SUBSCRIBE_REFUSED` for a reason code.
   *
   * @throws MqttError `INVALID_ARGUMENT` when the filter is not among `filters`.
   */
  fail(filter: string, error: MqttError | number): void;
  /** Throws while something that was published is not settled, and says what. */
  assertNoPending(): void;
}
