import type { MqttOptions } from './options.js';

/** The options that `perAttempt` may return. */
export interface PerAttemptOptions extends MqttOptions {
  /** Connect to this server instead of the one in the list, with the credentials of this URL. Events and messages omit its query. */
  url?: string;
}

/**
 * One of several servers, with its own options: any but those that belong to the client. They override the options of the client, and
 * those from `perAttempt` override both. Servers that do not share their sessions need a `clientId` each.
 */
export interface ServerOptions {
  url: string;
  options?: Omit<
    MqttOptions,
    | 'scheduler'
    | 'random'
    | 'store'
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
    | 'maxInFlight'
    | 'maxInFlightBytes'
    | 'maxDeliveries'
    | 'callSites'
    | 'quiet'
    | 'platformSignal$'
    | 'perAttempt'
  >;
}

/** The server of an attempt. */
export interface AttemptServer {
  /** The URL, without credentials. */
  readonly url: string;
  /** The index in the list of servers, from 0. If a redirect or the strategy leads to another address, the index does not change. */
  readonly index: number;
}
