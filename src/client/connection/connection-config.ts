import type { MqttError } from '../../errors.js';
import type { ConnectPacket } from '../../packets.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';

/** The configuration of one connection. */
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
  /** Adds to the error of a refusal what the broker refused. */
  explain(error: MqttError): MqttError;
}
