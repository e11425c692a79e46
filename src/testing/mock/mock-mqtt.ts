import type { SchedulerLike } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { MqttError } from '../../errors.js';
import type { Payload } from '../../message.js';
import type { ConnectionState } from '../../state.js';
import type { MockPublication } from './mock-publication.js';
import type { Given } from './granting-broker.js';

/** The initial state of a mock, and who settles what is published. */
export interface MockMqttOptions {
  /** The initial state. Default `'connected'`. */
  connection?: ConnectionState | ConnectionState['status'];
  /**
   * Who settles published messages. `'automatic'`: the mock, while it is connected. `'byHand'`: your test, by `published`. Default
   * `'automatic'`.
   */
  settle?: 'automatic' | 'byHand';
  /**
   * The scheduler of timers that you ask for, such as `linger` and `timeout`. The mock itself sets no timer. Default `asyncScheduler`,
   * which is virtual inside of `TestScheduler.run()`.
   */
  scheduler?: SchedulerLike;
}

/**
 * A client for tests of applications: the real client, with a broker in the same process that grants every request. It connects, loses its
 * connection and receives messages only when your test says so, and everything happens before that call returns.
 *
 * The client has `clientId: 'mock'`, `keepalive: 0` and otherwise the default options, so it has a clean session of MQTT 5.0.
 */
export interface MockMqtt extends MqttClient {
  /** The messages that the application has published, in order, settled or not. */
  readonly published: readonly MockPublication[];
  /**
   * The subscribed filters, in the order of their SUBSCRIBE. While the mock is not connected: those of the last connection that streams
   * still use.
   */
  readonly filters: readonly string[];
  /**
   * Lets a message arrive, at every matching `topic$` or, if there is none, at `unrouted$`. With QoS 1 or 2 and no `packetId`, it gets the
   * next free packet identifier.
   *
   * @throws MqttError `INVALID_ARGUMENT` for an invalid topic, or while the mock is not connected. Throws `PROTOCOL_ERROR` or
   * `MALFORMED_PACKET` for a message that no broker may send, with which the connection ends.
   */
  emit(topic: string, payload?: Payload, given?: Given): void;
  /**
   * Puts the client into this state; `connection$` does not emit the states in between. `'closed'` ends the streams of topics and settles
   * pending messages. A state object is emitted as you give it: the properties of its `connack` apply to the client, and the connection
   * ends with its `error`.
   *
   * @throws MqttError `INVALID_ARGUMENT` for an unknown state, and for `'idle'` after the first connection.
   */
  setConnection(state: ConnectionState | ConnectionState['status']): void;
  /**
   * Lets the streams of a filter error with this error, or, for a reason code, with `SUBSCRIBE_REFUSED`.
   *
   * @throws MqttError `INVALID_ARGUMENT` when the filter is not among `filters`.
   */
  fail(filter: string, error: MqttError | number): void;
  /** Throws an error that lists the published messages that have not settled, if there are any. */
  assertNoPending(): void;
}
