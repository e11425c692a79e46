import type { MqttError } from '../../errors.js';
import type { QoS } from '../../message.js';
import type { PublishAck, PublishPacket, PubrelPacket } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import { mismatch, publishRefused, sentBefore, sessionLost, withdrawn } from './delivery-errors.js';
import { InFlight } from './in-flight.js';
import type { OutgoingRecorder } from '../session-recorder.js';
import type { Isolation } from '../isolation.js';
import { publishObstacle } from '../limits.js';
import { OutgoingPublish } from './outgoing-publish.js';
import type { PacketIds } from '../packet-ids.js';
import { isFailure } from '../reason-codes.js';
import { OutgoingQueue, type QueueConfig } from './outgoing-queue.js';
import { type Clock, SendCheck } from './send-check.js';
import { type InFlightOptions, sendBounds } from './send-window.js';

/** What a session gives to its sender. */
export interface SenderConfig extends QueueConfig, Clock {
  readonly options: QueueConfig['options'] & InFlightOptions;
  /** Is called once for each message. Without an error, the broker has received it. */
  settled(message: OutgoingPublish, error?: MqttError, ack?: PublishAck): void;
}

/**
 * The sending half of a session (5.0 sections 4.3 and 4.4): what waits, what is in flight, and what goes out next.
 *
 * One FIFO: after a reconnect what was in flight goes first, in its order, and nothing new passes it.
 */
export class Sender {
  readonly #config: SenderConfig;
  readonly isolation: Isolation;

  #onChange: ((message: OutgoingPublish) => void) | undefined;

  // lives with the session
  readonly queue: OutgoingQueue;
  readonly inFlight: InFlight;

  // lives with the connection
  #check: SendCheck | undefined;

  constructor(config: SenderConfig, packetIds: PacketIds, isolation: Isolation) {
    this.#config = config;
    this.isolation = isolation;
    this.queue = new OutgoingQueue(config);
    this.inFlight = new InFlight(packetIds, config.options.maxInFlightBytes);
  }

  /** Has a recorder told of each change from now on, instead of the recorder before. */
  recordTo(recorder: OutgoingRecorder | undefined): void {
    this.#onChange = recorder && (message => recorder.recordOutgoing(message));
    this.queue.onChange = this.inFlight.onChange = this.#onChange;
    this.inFlight.spentIds.onChange = recorder && (() => recorder.recordSpentIds());
  }

  /** Adds what an earlier process had stored, in the order of publishing, before what this one has. */
  restore(sent: readonly OutgoingPublish[], waiting: readonly OutgoingPublish[], spentIds: readonly number[]): void {
    this.inFlight.restore(sent, spentIds);
    this.queue.restore(waiting);
  }

  /** The number of QoS 1 and 2 messages that may be sent without an acknowledgement. */
  get window(): number {
    return this.#check === undefined ? Infinity : this.inFlight.window.maximum;
  }

  /** Adds a message to the queue. Throws QUEUE_FULL, or the error of a message that this connection does not allow. */
  enqueue(message: OutgoingPublish): void {
    const obstacle = this.#check?.obstacle(message);
    if (obstacle) throw obstacle;
    this.queue.enqueue(message);
  }

  /** Removes a message that was not sent yet. Returns false if it was. */
  cancel(message: OutgoingPublish): boolean {
    if (message.stage !== 'queued') return false;
    this.queue.remove(message);
    message.stage = 'settled';
    return true;
  }

  /** Forgets a message that was not sent, and has one that was sent not sent again. What was released stays: the broker has it. */
  withdraw(message: OutgoingPublish): boolean {
    if (this.cancel(message)) return true;
    if (message.qos === 0 || message.stage !== 'sent') return false;
    message.withdrawn = true;
    this.#onChange?.(message);
    if (this.#check === undefined || !message.onThisConnection) this.giveUp(message, withdrawn(message));
    return true;
  }

  /** Begins a connection. @param maximumQoS - new messages are lowered to this QoS. */
  begin(limits: NegotiatedLimits, maximumQoS?: QoS): void {
    this.#check = new SendCheck(limits, maximumQoS, this.#config);
    const isSuspect = (message: OutgoingPublish) =>
      message.stage !== 'released' && this.isolation.isNearIsolation(message);
    // what an earlier connection could carry and this one cannot would end each connection anew
    const isObstructed = (message: OutgoingPublish) =>
      message.stage === 'sent' && publishObstacle(message, limits) !== undefined;
    // without a session, what was in flight is at the front of the queue
    const { oldest } = this.queue;
    let hasSuspect = oldest !== undefined && isSuspect(oldest);
    const obstructed: OutgoingPublish[] = [];
    this.inFlight.begin(sendBounds(limits, this.#config.options.maxInFlight), message => {
      hasSuspect ||= isSuspect(message);
      if (isObstructed(message)) obstructed.push(message);
    });
    this.inFlight.window.oneByOne = hasSuspect;
    for (const message of obstructed)
      if (isObstructed(message)) this.giveUp(message, sentBefore(publishObstacle(message, limits)!));
  }

  end(): void {
    this.#check = undefined;
    this.inFlight.end();
  }

  /** Removes all messages in flight that are not kept, without settling them. */
  clear(keep?: (message: OutgoingPublish) => boolean): OutgoingPublish[] {
    const all = this.inFlight.clear(keep);
    for (const message of all) this.isolation.release(message);
    return all;
  }

  /** Adapts to a lost session: QoS 1 messages are sent again as new ones if `republish` says so, all others are indeterminate. */
  forgetSession(republish: boolean): void {
    const again = (message: OutgoingPublish) => republish && message.qos === 1;
    // what is isolated stays in flight, behind the others
    const all = this.clear(message => message.isolated && again(message));
    // settling calls out, and what is called may cancel or evict what goes out again: tell them apart before
    const lost = all.filter(message => !again(message));
    for (const message of all.reverse()) {
      if (!again(message)) continue;
      message.dup = false;
      this.queue.requeue(message);
    }
    this.#config.inSlices(lost, message => this.#config.settled(message, sessionLost(message)));
  }

  /**
   * Returns the next packet to send; undefined if none may be sent now. What was in flight when the last connection was lost goes first
   * (4.4), and nothing new passes it. @param mayBegin - whether new messages may be sent.
   */
  next(mayBegin = true): PublishPacket | PubrelPacket | undefined {
    while (this.inFlight.resending) {
      const packet = this.inFlight.nextResend();
      if (packet?.cmd === 'publish' && this.expireUnsent(packet)) continue;
      if (packet !== undefined || this.inFlight.resending) return packet;
    }
    return mayBegin ? this.#nextNew() : undefined;
  }

  #nextNew(): PublishPacket | undefined {
    if (this.isolation.isActive && this.isolation.holdsOthers) return this.#nextIsolated();
    for (let message = this.queue.oldest; message !== undefined; message = this.queue.oldest) {
      if (this.#check === undefined) return undefined; // looked at each time: who is told of a rejection may disconnect
      const obstacle = this.#check.rejection(message);
      if (obstacle) {
        this.queue.reject(message, obstacle);
        continue;
      }
      if (this.inFlight.window.oneByOne && !message.sentBefore) this.inFlight.window.oneByOne = false;
      if (message.qos > 0 && !this.inFlight.hasRoomFor(message)) return undefined;
      this.queue.remove(message);
      if (message.qos > 0) this.inFlight.add(message);
      else message.stage = 'sent';
      return message;
    }
    return undefined;
  }

  #nextIsolated(): PublishPacket | undefined {
    const { next } = this.isolation;
    if (!(next instanceof OutgoingPublish)) return undefined;
    if (this.expireUnsent(next)) return this.#nextNew();
    this.isolation.markSent(next);
    this.inFlight.window.take(next);
    return next;
  }

  /** Settles a message that `next()` returned and that could not be encoded. */
  abort(message: OutgoingPublish, error: MqttError): void {
    this.isolation.release(message);
    if (message.qos > 0) this.inFlight.settle(message);
    message.stage = 'settled';
    this.#config.settled(message, error);
  }

  /** Settles a message that must not be sent, wherever it is. Nothing of it was sent. */
  refuse(message: OutgoingPublish, error: MqttError): void {
    if (message.stage === 'queued') this.queue.reject(message, error);
    else if (message.stage === 'sent') this.abort(message, error);
  }

  /** Settles a message that was held back and never sent, if it has expired meanwhile. Returns whether it has. */
  expireUnsent(message: OutgoingPublish): boolean {
    const error = message.dup ? undefined : this.#check?.expiry(message);
    if (error !== undefined) this.abort(message, error);
    return error !== undefined;
  }

  /** Settles a message whose delivery is unknown, and stops sending it. */
  giveUp(message: OutgoingPublish, error: MqttError): void {
    this.isolation.release(message);
    this.inFlight.giveUp(message);
    this.#config.settled(message, error);
  }

  /** Takes the broker's answer to a message (4.3.2, 4.3.3). Returns the PUBREL to send, if there is one. Throws PROTOCOL_ERROR. */
  acknowledge(ack: PublishAck): PubrelPacket | undefined {
    const { packetId } = ack;
    const message = this.inFlight.get(packetId);
    const is5 = this.#check?.limits.protocolVersion === 5;
    if (message === undefined) {
      // an unknown PUBREC is answered, or the broker would send it again; all others are ignored
      if (ack.cmd !== 'pubrec' || isFailure(ack.reasonCode)) return undefined;
      return is5 ? { cmd: 'pubrel', packetId, reasonCode: 0x92 } : { cmd: 'pubrel', packetId };
    }
    switch (ack.cmd) {
      case 'puback':
        // in 3.x a broker cannot announce its maximum QoS; RabbitMQ lowers QoS 2 to 1, and says so by PUBACK
        if (message.qos === 2 && message.stage === 'sent' && !is5) this.inFlight.lower(message);
        if (message.qos !== 1) throw mismatch(ack, message);
        break;
      case 'pubrec':
        if (message.qos !== 2 || (message.stage === 'released' && isFailure(ack.reasonCode)))
          throw mismatch(ack, message);
        if (isFailure(ack.reasonCode)) break;
        if (message.isolated) this.isolation.release(message);
        this.inFlight.receivedByBroker(message);
        return { cmd: 'pubrel', packetId };
      case 'pubcomp':
        // also with 0x92: the broker had finished with the message before
        if (message.stage !== 'released') throw mismatch(ack, message);
    }
    if (message.isolated) this.isolation.release(message);
    this.inFlight.settle(message);
    const refused = ack.cmd !== 'pubcomp' && isFailure(ack.reasonCode);
    this.#config.settled(message, refused ? publishRefused(message, ack) : undefined, ack);
    return undefined;
  }

  /** Settles a QoS 0 message that the link has accepted. */
  flushed(message: OutgoingPublish): void {
    if (message.qos > 0 || message.stage === 'settled') return;
    message.stage = 'settled';
    this.#config.settled(message);
  }
}
