import type { MqttOptions } from './options.js';

/** What `perAttempt` may answer. */
export interface PerAttemptOptions extends MqttOptions {
  /** Connect to this server, instead of the one whose turn it is. Credentials in it are used; it is shown without its query. */
  url?: string;
}

/**
 * One of several servers, with the options in which it differs: any but those that belong to the client. They go before the options of
 * the client; what `perAttempt` answers goes before both. Servers that do not share their sessions need a `clientId` each.
 */
export interface ServerOptions {
  url: string;
  options?: Omit<
    MqttOptions,
    | 'scheduler'
    | 'random'
    | 'autoConnect'
    | 'reconnect'
    | 'verdict'
    | 'clientIdRejected'
    | 'redirects'
    | 'optionsTimeout'
    | 'queue'
    | 'unrouted'
    | 'ackWarnAfter'
    | 'resubscribe'
    | 'republish'
    | 'topicPrefixes'
    | 'maxInFlightBytes'
    | 'maxDeliveries'
    | 'callSites'
    | 'quiet'
    | 'platformSignal$'
    | 'perAttempt'
  >;
}

/** The server that an attempt is made on. */
export interface AttemptServer {
  /** Without credentials. */
  readonly url: string;
  /** In the list of servers, from 0; where a redirect or the strategy leads elsewhere, of the one whose turn it is. */
  readonly index: number;
}
