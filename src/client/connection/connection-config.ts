import type { ConnectPacket } from '../../packets.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';

/** What one connection is made with. */
export interface ConnectionConfig {
  readonly connect: ConnectPacket;
  /** ms left for CONNACK. */
  readonly connackTimeout: number;
  /** Of the server, as it is shown. */
  readonly url: string;
  readonly options: AttemptOptions;
  readonly context: ClientContext;
  /** Asked when the broker accepts. False: this connection only shows that the broker answers; DISCONNECT ends it at once. */
  readonly accepts: () => boolean;
}
