import type { MqttError } from './errors.js';
import type { QoS } from './message.js';

/**
 * A condition that is not an error, but that you should know about. `warning$` emits it. While nobody is subscribed, `console.warn`
 * prints it, once for each code and client, unless the option `quiet` is set. It never contains a credential. `message` is one line, in
 * which foreign text is escaped and shortened.
 */
export type MqttWarning =
  | {
      /**
       * A stream has `ack: 'manual'`, but the session ends with the connection, so the broker does not send unacknowledged messages
       * again. Emitted once, and once more if `reconnectAfter` does not reconnect for this reason.
       */
      readonly code: 'MANUAL_ACK_CLEAN_SESSION';
      readonly message: string;
    }
  | {
      /**
       * No more messages can arrive, and none has been acknowledged for `ackWarnAfter`. Emitted once until the next acknowledgement.
       */
      readonly code: 'RECEIVE_WINDOW_STUCK';
      readonly message: string;
      /** The number of unacknowledged messages. */
      readonly unacknowledged: number;
      /** True: this client has paused reading. False: the broker has stopped sending, at the Receive Maximum of this client. */
      readonly paused: boolean;
      readonly oldest: {
        /** ms since the message arrived. */
        readonly age: number;
        readonly topic: string;
        /** The filters of the streams that have not acknowledged it; empty if it is held for a later stream. */
        readonly filters: readonly string[];
      };
    }
  | {
      /**
       * Messages were left unacknowledged, by `leave()` or by unsubscribing, and no stream has taken them. Later acknowledgements have
       * waited for a second because of them, or no later message has arrived for `ackWarnAfter`. Emitted once until there are none.
       */
      readonly code: 'LEFT_UNACKNOWLEDGED';
      readonly message: string;
      /** The number of messages that were left. */
      readonly left: number;
      /** The number of later acknowledgements that wait because of these messages (5.0 section 4.6). */
      readonly heldUp: number;
      readonly oldest: {
        /** ms since the message arrived. */
        readonly age: number;
        readonly topic: string;
      };
    }
  | {
      /**
       * A QoS 1 or 2 message was acknowledged although no stream matches it and nobody is subscribed to `unrouted$`. Emitted for the
       * 1st, the 10th, the 100th and so on.
       */
      readonly code: 'UNROUTED_DURABLE';
      readonly message: string;
      readonly topic: string;
      readonly qos: QoS;
      /** The number of such messages so far. */
      readonly count: number;
    }
  | {
      /**
       * This client refused a message: it has more than 10,000 properties (0x97), a response topic with a wildcard (0x90), or a payload
       * format indicator other than 0 and 1 (0x99). With QoS 1 and 2, the acknowledgement carries the reason code; with QoS 0, the
       * message was dropped. Emitted for the 1st, the 10th, the 100th and so on.
       */
      readonly code: 'MESSAGE_REFUSED';
      readonly message: string;
      readonly topic: string;
      readonly qos: QoS;
      readonly reasonCode: number;
      /** The number of such messages so far. */
      readonly count: number;
    }
  | {
      /**
       * More messages than `unrouted.hold.max`, or more than 64 MiB of payloads, are held for later streams. The oldest went to
       * `unrouted$` and was acknowledged.
       */
      readonly code: 'HOLD_FULL';
      readonly message: string;
      readonly topic: string;
    }
  | {
      /**
       * A message could not be decoded and was skipped, while nobody is subscribed to `undecodable$` and `onDecodeError` is not set.
       */
      readonly code: 'UNDECODABLE';
      readonly message: string;
      readonly topic: string;
      /** The filters of the stream whose `decode` failed. */
      readonly filters: readonly string[];
    }
  | {
      /**
       * Reading must pause, but the link has no `pause()`. Up to 16 MiB that the broker sends meanwhile are kept undecoded.
       */
      readonly code: 'LINK_CANNOT_PAUSE';
      readonly message: string;
    }
  | {
      /**
       * A server refuses credentials that it has accepted from this client before (reason codes 0x86 and 0x87, return codes 4 and 5 of
       * 3.x). The reconnect strategy decides when to try again; after 10 refusals in a row, the client closes.
       */
      readonly code: 'REFUSAL_RETRIED';
      readonly message: string;
      readonly url: string;
      readonly reasonCode: number | undefined;
      /** The number of refusals in a row, including this one. */
      readonly refusals: number;
    }
  | {
      /**
       * Several connections ended right after the UNSUBSCRIBE of a filter that no stream uses any more (`maxDeliveries`). It is not sent
       * again, so the broker may still hold the filter.
       */
      readonly code: 'UNSUBSCRIBE_GIVEN_UP';
      readonly message: string;
      readonly filter: string;
      /** The reason; its `cause` is the error that ended the last connection. */
      readonly error: MqttError;
    }
  | {
      /**
       * The `store` could not write. Until it can, publishes of QoS 1 and 2 error with `STORE_FAILED`, and what the store does not have is
       * neither sent nor acknowledged; QoS 0 continues. Emitted once until the next success.
       */
      readonly code: 'STORE_FAILED';
      readonly message: string;
      /** The reason; its `cause` is the error of the store. */
      readonly error: MqttError;
    }
  | {
      /**
       * The option `tls.rejectUnauthorized` is false, so anybody can pose as the server. Emitted once, at the first such attempt.
       */
      readonly code: 'CERTIFICATE_NOT_CHECKED';
      readonly message: string;
      readonly url: string;
    }
  | {
      /**
       * A server has exceeded the Receive Maximum of this client twice. The client no longer announces it to that server.
       */
      readonly code: 'RECEIVE_MAXIMUM_IGNORED';
      readonly message: string;
      readonly url: string;
    }
  | {
      /**
       * A server has violated the protocol in the same way three times or more, without a stable connection in between. The client goes
       * on reconnecting.
       */
      readonly code: 'VIOLATION_REPEATED';
      readonly message: string;
      readonly url: string;
      /** The error that ended the last connection. */
      readonly violation: MqttError;
      /** The number of violations in a row. */
      readonly times: number;
    }
  | {
      /**
       * A server has closed three connections or more in a row after it accepted them, without DISCONNECT, and none of them was stable. The
       * client goes on reconnecting. In 3.x, this is how two clients with one client id look: each ends the connection of the other one.
       */
      readonly code: 'CLOSE_REPEATED';
      readonly message: string;
      readonly url: string;
      /** The number of such connections in a row. */
      readonly times: number;
    }
  | {
      /**
       * A function of hooks has thrown, or its user properties are not valid: see `addHooks()`. The client goes on as if the
       * function had done nothing. Emitted for the 1st, the 10th, the 100th and so on.
       */
      readonly code: 'HOOK_FAILED';
      readonly message: string;
      /** The name of the function, such as `'onPublish'`. */
      readonly hook: string;
      readonly error: unknown;
      /** The number of such failures so far. */
      readonly count: number;
    }
  | {
      /**
       * With `rxjs-mqtt/shared`: a tab does not read what has arrived for it, so messages of QoS 0 for this tab are dropped. Emitted for the
       * 1st, the 10th, the 100th and so on.
       */
      readonly code: 'TAB_NOT_READING';
      readonly message: string;
      readonly topic: string;
      /** The number of such messages so far. */
      readonly count: number;
    };
