import type { MqttOptions } from '../../options/options.js';
import type { Payload } from '../../message.js';
import type { TracePayload } from '../../trace/trace-event.js';

/** How a trace is replayed. */
export interface ReplayOptions {
  /**
   * True: only the kinds of the packets that the client sends are compared, and how many of each kind there are on each connection. Default
   * false: they are compared in full, in their order, and at their times.
   */
  lenient?: boolean;
  /**
   * ms by which the client may send a packet earlier or later than in the trace. A request that is not in the trace is answered after this
   * time. Default 1,000.
   */
  tolerance?: number;
  /**
   * Returns the payload of a message whose payload the trace does not hold (`payloads: 'length'`, `'hash'` or a function). Default: as many
   * bytes as it had, which are equal where the hashes are.
   */
  payload?: (topic: string, payload: TracePayload) => Payload;
  /**
   * Options of the client. They take precedence over those that come from the trace: the client identifier, `clean`, `keepalive`, the
   * version of MQTT, and when to reconnect.
   */
  client?: MqttOptions;
}

/** A value of the pipeline, with its ms since the start of the trace. */
export interface ReplayedValue<T> {
  readonly at: number;
  readonly value: T;
}
