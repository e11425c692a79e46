import type { Observable, SchedulerLike } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { AckableMessage } from '../../message.js';
import type { TopicOptions } from '../../options/call-options.js';
import type { Packet } from '../../packets.js';
import type { ShareGroups } from './share-groups.js';

/** What the sessions of the tabs share. Lives with the host. */
export interface HostContext {
  readonly client: MqttClient;
  readonly scheduler: SchedulerLike;
  readonly shareGroups: ShareGroups;
  /** Whether the session of the real connection outlives that connection, so that the broker sends unacknowledged messages again. */
  readonly isSessionKept: boolean;
  /** A stream of the shared client whose messages the host acknowledges. */
  topic$(filter: string, options: TopicOptions): Observable<AckableMessage>;
  /** Has the broker send the retained messages of a filter again. */
  requestRetained(filter: string): void;
  /** Whether a tab is subscribed to the filter. */
  isHeld(filter: string): boolean;
  /** Whether a tab is subscribed to the topic, so that each message for it has a reader. */
  isWanted(topic: string): boolean;
  /** Called when a QoS 0 message is dropped, because its tab does not read. */
  onDropped(topic: string): void;
}

/** The connection of a tab, on which packets are sent. */
export interface TabConnection {
  /** Whether further messages should wait, because the tab has not read what was sent. */
  readonly isFull: boolean;
  send(packet: Packet): void;
  /** Asks the tab for a sign of life, and closes its port if there is none. */
  probe(): void;
  /** Ends the connection, so that the tab begins another one. */
  lose(error: unknown): void;
}
