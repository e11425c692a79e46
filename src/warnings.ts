import type { MqttError } from './errors.js';
import type { QoS } from './message.js';

/**
 * Something that is no error, and that somebody should know. On `warning$`; where nobody listens, `console.warn` says it once for
 * each code and client, unless the option `quiet` is set. Holds no credential. `message` is one line, in which foreign text is escaped and
 * shortened.
 */
export type MqttWarning =
  | {
      /**
       * Streams with `ack: 'manual'` on a session that ends with the connection: what is not acknowledged then does not come again. Once;
       * and once more where `reconnectAfter` does not reconnect for this reason.
       */
      readonly code: 'MANUAL_ACK_CLEAN_SESSION';
      readonly message: string;
    }
  | {
      /** No more messages can come, and none has been acknowledged for `ackWarnAfter`. Once until the next acknowledgement. */
      readonly code: 'RECEIVE_WINDOW_STUCK';
      readonly message: string;
      /** Messages that wait for their acknowledgement. */
      readonly unacknowledged: number;
      /** True: this client has stopped reading. False: the broker has stopped sending, at our Receive Maximum. */
      readonly paused: boolean;
      readonly oldest: {
        /** ms since it came. */
        readonly age: number;
        readonly topic: string;
        /** Of the streams that have not answered; none where it is held for a stream to come. */
        readonly filters: readonly string[];
      };
    }
  | {
      /**
       * Messages were left without an answer, by `leave()` or by unsubscribing, and no stream has taken them: acknowledgements have
       * waited behind them for a second, or nothing has come behind them for `ackWarnAfter`. Once until none of them is left.
       */
      readonly code: 'LEFT_UNACKNOWLEDGED';
      readonly message: string;
      /** How many were left. */
      readonly left: number;
      /** Acknowledgements that could go out, were it not for these. */
      readonly heldUp: number;
      readonly oldest: {
        /** ms since it came. */
        readonly age: number;
        readonly topic: string;
      };
    }
  | {
      /**
       * A QoS 1 or 2 message was acknowledged though no stream claimed it and nobody is subscribed to `unrouted$`. For the 1st, the
       * 10th, the 100th and so on.
       */
      readonly code: 'UNROUTED_DURABLE';
      readonly message: string;
      readonly topic: string;
      readonly qos: QoS;
      /** Such messages so far. */
      readonly count: number;
    }
  | {
      /**
       * A message of the broker was not taken: more than 10,000 properties (0x97), a response topic with a wildcard (0x90), a payload
       * format indicator other than 0 and 1 (0x99). At QoS 1 and 2 the broker was told so; at QoS 0 the message was dropped. For the
       * 1st, the 10th, the 100th and so on.
       */
      readonly code: 'MESSAGE_REFUSED';
      readonly message: string;
      readonly topic: string;
      readonly qos: QoS;
      readonly reasonCode: number;
      /** Such messages so far. */
      readonly count: number;
    }
  | {
      /** More messages than `unrouted.hold.max`, or more than 64 MiB, wait for a stream: the oldest went to `unrouted$` and was acknowledged. */
      readonly code: 'HOLD_FULL';
      readonly message: string;
      readonly topic: string;
    }
  | {
      /** A message could not be decoded and was left out, and nobody hears of it: no `undecodable$` is subscribed, no `onDecodeError` set. */
      readonly code: 'UNDECODABLE';
      readonly message: string;
      readonly topic: string;
      /** Of the stream whose `decode` failed. */
      readonly filters: readonly string[];
    }
  | {
      /** Reading is to stop, and this link has no `pause()`: what the broker sends meanwhile is kept undecoded, up to 16 MiB. */
      readonly code: 'LINK_CANNOT_PAUSE';
      readonly message: string;
    }
  | {
      /**
       * A server refuses credentials that it has accepted before in the life of this client (reason codes 0x86 and 0x87, return codes
       * 4 and 5 of 3.x). The reconnect strategy says when it is tried again; after 10 refusals in a row the client closes.
       */
      readonly code: 'REFUSAL_RETRIED';
      readonly message: string;
      readonly url: string;
      readonly reasonCode: number | undefined;
      /** In a row, this one included. */
      readonly refusals: number;
    }
  | {
      /**
       * Connections ended at the UNSUBSCRIBE of a filter that no stream holds any more (`maxDeliveries`). It is not sent again: the broker
       * may still hold the filter.
       */
      readonly code: 'UNSUBSCRIBE_GIVEN_UP';
      readonly message: string;
      readonly filter: string;
      /** Why, with the error that ended the last connection as its cause. */
      readonly error: MqttError;
    }
  | {
      /** `tls.rejectUnauthorized` is false: anybody can pose as the server. Once, at the first attempt that is made so. */
      readonly code: 'CERTIFICATE_NOT_CHECKED';
      readonly message: string;
      readonly url: string;
    }
  | {
      /** A server has exceeded our Receive Maximum twice. It is not announced to that server any more. */
      readonly code: 'RECEIVE_MAXIMUM_IGNORED';
      readonly message: string;
      readonly url: string;
    }
  | {
      /** A server has broken the protocol in the same way three times or more, with no good connection in between. The client goes on. */
      readonly code: 'VIOLATION_REPEATED';
      readonly message: string;
      readonly url: string;
      /** The error that ended the last connection. */
      readonly violation: MqttError;
      readonly times: number;
    };
