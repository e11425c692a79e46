import type { SchedulerLike } from 'rxjs';
import type { PublishProperties, QoS } from '../../message.js';

/** A message whose payload is about to be recorded. */
export interface TracedMessage {
  /** `'will'`: the will of a CONNECT. */
  readonly direction: 'sent' | 'received' | 'will';
  /** The topic as it is on the network, before the option `topics` changes it. Empty if a topic alias stands for it. */
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PublishProperties;
}

/** What a trace records, and what it leaves out so that you can share it. */
export interface TraceOptions {
  /**
   * What is recorded of payloads, besides their length: `'full'`, all; `'length'`, nothing; `'hash'`, a hash, so that you see which payloads
   * of the trace are equal. Somebody who knows all payloads that are possible may find out which one a hash stands for. A function returns
   * what you want to keep, as plain data. Correlation data is recorded as a hash unless this is `'full'`. Default `'full'`.
   */
  payloads?: 'full' | 'length' | 'hash' | ((message: TracedMessage) => unknown);
  /**
   * Changes each topic and filter. Keep the levels `+` and `#` and the number of levels, so that filters still match their topics; what
   * precedes the filter of a shared subscription is kept for you. With this option, texts of errors, warnings and brokers have `'...'`
   * instead of the values that they quote, because these may be parts of topics. Default: topics are recorded as they are.
   */
  topics?: (topic: string) => string;
  /**
   * Returns the value of a user property (5.0) that is recorded. Default: `'...'` for names that tell of a credential, such as
   * `authorization`, `token` or `api-key`, and the value itself for others.
   */
  userProperties?: (name: string, value: string) => string;
  /** False: leave out the figures of `stats$`, which a timer takes each second. Default true. */
  figures?: boolean;
  /** The clock of the trace. Default: the scheduler of the client, or `asyncScheduler` for a client that does not tell its own. */
  scheduler?: SchedulerLike;
}
