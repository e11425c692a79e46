import type { PublishProperties, QoS } from '../../message.js';
import type { PublishPacket } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import type { Isolatable } from '../isolation.js';
import { publishPropertiesSize } from '../packet-size.js';

/**
 * How far a message has come. QoS 1 settles on PUBACK from `sent`; QoS 2 goes from `sent` by PUBREC to `released`, and settles on
 * PUBCOMP. `settled` is final: whoever waited has been told.
 */
export type OutgoingStage = 'new' | 'queued' | 'sent' | 'released' | 'settled';

/** How far an outgoing message has come, as far as the store knows. `'unknown'`: a batch with it failed. */
export interface MessageRecord {
  /** Counts up in the order of publishing, over all processes. */
  readonly sequence: number;
  stored: 'nothing' | 'unknown' | 'queued' | 'sent' | 'released';
  /** Whether its packet identifier is in a record of its own. */
  hasPosition: boolean;
  /** Whether the message can be restored after a crash. */
  isDurable: boolean;
}

// What is true of a message, one bit each. A property of its own would take 8 bytes in each message that waits.
const DUP = 1;
const SENT_BEFORE = 2;
const ISOLATED = 4;
const WITHDRAWN = 8;
const RETAIN = 16;
const UNSENT = 32;
/** The lowest bit that classes of messages may use for themselves. */
export const FREE_FLAG = 64;

/** An outgoing message: its PUBLISH packet and its stage. One object serves from the call until it is settled. */
export class OutgoingPublish implements PublishPacket, Isolatable {
  readonly cmd = 'publish';

  // lives with the session
  /** The QoS that the caller asked for; `qos` is the one in use. */
  readonly requestedQoS: QoS;
  /** The bytes that it counts in the queue and in flight; 0 after its payload was dropped. */
  bytes: number;
  packetId = 0;
  /** The sequence number, from 1, of its PUBREC in the session; 0 before that. */
  pubrecOrder = 0;
  hangUps = 0;
  private flags = 0;
  stage: OutgoingStage = 'new';
  /** The user's name for the message. */
  tag: string | undefined = undefined;
  /** What the store knows of it, where there is a store. */
  record: MessageRecord | undefined = undefined;
  /** The neighbours in the queue or in flight. */
  newer: OutgoingPublish | undefined = undefined;
  older: OutgoingPublish | undefined = undefined;

  // lives with the connection
  /** The sequence number, from 1, of its first packet on the current connection; 0 before it is sent. */
  sendOrder = 0;
  /** The limits that allow it, once they were checked. */
  allowedBy: NegotiatedLimits | undefined = undefined;

  constructor(
    readonly topic: string,
    public payload: Uint8Array,
    public qos: QoS,
    retain: boolean,
    public properties: PublishProperties | undefined,
    /** ms on the client's clock; undefined for a message that does not expire. */
    readonly expiresAt: number | undefined,
  ) {
    this.requestedQoS = qos;
    if (retain) this.setFlag(RETAIN, true);
    this.bytes = bytesOf(this);
  }

  get retain(): boolean {
    return this.hasFlag(RETAIN);
  }

  get dup(): boolean {
    return this.hasFlag(DUP);
  }

  set dup(value: boolean) {
    this.setFlag(DUP, value);
  }

  /** Whether it was sent in a session that was lost, so that an earlier copy may have arrived. */
  get sentBefore(): boolean {
    return this.hasFlag(SENT_BEFORE);
  }

  set sentBefore(value: boolean) {
    this.setFlag(SENT_BEFORE, value);
  }

  get isolated(): boolean {
    return this.hasFlag(ISOLATED);
  }

  set isolated(value: boolean) {
    this.setFlag(ISOLATED, value);
  }

  /** Whether the caller has withdrawn it, so that it is not sent again. */
  get withdrawn(): boolean {
    return this.hasFlag(WITHDRAWN);
  }

  set withdrawn(value: boolean) {
    this.setFlag(WITHDRAWN, value);
  }

  /** Whether its packet identifier is taken, and it certainly was not sent, because the connection ended before. */
  get isUnsent(): boolean {
    return this.hasFlag(UNSENT);
  }

  set isUnsent(value: boolean) {
    this.setFlag(UNSENT, value);
  }

  get onThisConnection(): boolean {
    return this.sendOrder > 0;
  }

  protected hasFlag(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  protected setFlag(flag: number, value: boolean): void {
    this.flags = value ? this.flags | flag : this.flags & ~flag;
  }
}

/** Returns the bytes that a message counts. */
export function bytesOf({ payload, topic, properties }: OutgoingPublish): number {
  return payload.length + topic.length + publishPropertiesSize(properties);
}
