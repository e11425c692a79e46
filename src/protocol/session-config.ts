import type { MqttError } from '../errors.js';
import type { ReceiverConfig } from './inbound/receiver.js';
import type { IsolationConfig } from './isolation.js';
import type { SenderConfig } from './outbound/sender.js';
import type { TopicPrefixes } from './topics/prefixes.js';

type PartOptions = IsolationConfig['options'] & SenderConfig['options'];

export interface SessionOptions extends PartOptions {
  readonly resubscribe: 'ifSessionLost' | 'always' | 'never';
  readonly republish: 'ifSessionLost' | 'never';
  /** 0 to 1 */
  readonly random: () => number;
  readonly topicPrefixes: TopicPrefixes;
}

/** What a session needs of its client, and what it tells it. All parts of a session have it, and declare what they need of it. */
export interface SessionConfig extends IsolationConfig, SenderConfig, ReceiverConfig {
  readonly options: SessionOptions;
  /** Called for a filter that is given up because connections ended at its SUBSCRIBE or UNSUBSCRIBE. */
  onFilterGivenUp?(error: MqttError): void;
}
