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

/** A message on its way out: the PUBLISH itself, and where it stands. One object from the call to its settlement. */
export class OutgoingPublish implements PublishPacket, Isolatable {
  readonly cmd = 'publish';

  // lives with the session
  /** What the caller asked for; `qos` is what it gets. */
  readonly requestedQoS: QoS;
  /** What it counts for in the queue and in flight; 0 once its payload is given back. */
  bytes: number;
  packetId = 0;
  dup = false;
  /** It was sent in a session that was lost: an earlier copy may have arrived. */
  sentBefore = false;
  hangUps = 0;
  isolated = false;
  /** Nobody wants it sent again. */
  withdrawn = false;
  stage: OutgoingStage = 'new';
  /** Neighbours in the queue, or among what is in flight. */
  newer: OutgoingPublish | undefined = undefined;
  older: OutgoingPublish | undefined = undefined;

  // lives with the connection
  /** Its place, from 1, among those of which PUBLISH or PUBREL went out on the present connection; 0 before. */
  sendOrder = 0;
  /** The limits that were found to allow it. */
  allowedBy: NegotiatedLimits | undefined = undefined;

  constructor(
    readonly topic: string,
    public payload: Uint8Array,
    public qos: QoS,
    readonly retain: boolean,
    public properties: PublishProperties | undefined,
    /** ms on the client's clock; undefined for a message that does not expire. */
    readonly expiresAt: number | undefined,
  ) {
    this.requestedQoS = qos;
    this.bytes = payload.byteLength + topic.length + publishPropertiesSize(properties);
  }

  get onThisConnection(): boolean {
    return this.sendOrder > 0;
  }
}
