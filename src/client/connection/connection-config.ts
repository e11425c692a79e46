import type { MqttError } from '../../errors.js';
import type { ConnectPacket } from '../../packets.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Connected } from './accepted-connection.js';

/** The configuration of one connection, and the listener to what becomes of it. */
export interface ConnectionConfig {
  readonly connect: ConnectPacket;
  /** ms that are left for CONNACK. */
  readonly connackTimeout: number;
  /** The URL of the server, as states and messages show it. */
  readonly url: string;
  readonly options: AttemptOptions;
  readonly context: ClientContext;
  /** Called when the broker accepts. If it returns false, the connection only shows that the broker answers, and ends with DISCONNECT. */
  accepts(): boolean;
  /** Called once, when the session has begun. */
  onConnected(connection: Connected): void;
  /** Called once, when the connection has failed, or without an error when it has ended after `disconnect()`. It drops the connection. */
  onEnded(error: MqttError | undefined): void;
}
