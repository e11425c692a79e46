/**
 * Something that is no error, and that somebody should know. On `warning$`; where nobody listens, `console.warn` says it once for
 * each code and client. Holds no credential. `message` is one line, in which foreign text is escaped and shortened.
 */
export type MqttWarning =
  | {
      /** Streams with `ack: 'manual'` on a session that ends with the connection: what is not acknowledged then does not come again. */
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
      /** More messages than `unrouted.hold.max` wait for a stream: the oldest went to `unrouted$` and was acknowledged. */
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
    };
