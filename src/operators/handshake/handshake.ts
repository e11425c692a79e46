import {
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  type Subscriber,
  Subscription,
  type Unsubscribable,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { ConnackPacket, ConnectPacket } from '../../packets.js';
import { Flow } from '../flow.js';
import { assertUnauthenticated } from '../../protocol/authentication.js';
import { describeReason, isFailure, isRetryable } from '../../protocol/reason-codes.js';
import { protocolError } from '../../protocol/violations.js';

export interface HandshakeConfig {
  readonly connect: ConnectPacket;
  /** The longest wait for CONNACK, in ms. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  /** Called with a successful CONNACK, before this flow completes. */
  readonly onAccepted: (connack: ConnackPacket) => void;
}

/**
 * Sends CONNECT and waits for CONNACK (5.0 sections 3.1 and 3.2).
 *
 * In: CONNACK. Out: CONNECT. Completes when the broker accepts. Errors with `CONNECTION_REFUSED`, `UNSUPPORTED_PROTOCOL_VERSION`,
 * `PROTOCOL_ERROR` or, after `timeout` ms, `CONNECT_TIMEOUT`.
 */
export const handshake =
  (config: HandshakeConfig): OperatorFunction<ConnackPacket, ConnectPacket> =>
  connack$ =>
    new Observable(subscriber => {
      new Handshake(config, subscriber).start(connack$);
    });

/** Observes CONNACK. Lives until it comes. */
class Handshake extends Flow<ConnackPacket, ConnectPacket> implements Unsubscribable {
  readonly #config: HandshakeConfig;
  #timer = Subscription.EMPTY;
  #isSent = false;
  #isOver = false;

  constructor(config: HandshakeConfig, subscriber: Subscriber<ConnectPacket>) {
    super(subscriber);
    this.#config = config;
  }

  /** Listens before it sends, because the answer may come within the call that sends. */
  start(connack$: Observable<ConnackPacket>): void {
    const { connect, timeout, scheduler } = this.#config;
    const { subscriber } = this;
    subscriber.add(this);
    this.#timer = scheduler.schedule(giveUp, timeout, this);
    subscriber.add(connack$.subscribe(this));
    subscriber.next(connect);
    this.#isSent = true;
    if (this.#isOver) subscriber.complete();
  }

  unsubscribe(): void {
    this.#timer.unsubscribe();
  }

  next(connack: ConnackPacket): void {
    this.#timer.unsubscribe();
    const { connect, onAccepted } = this.#config;
    try {
      assertAccepted(connack, connect);
      assertUnauthenticated(connack);
      onAccepted(connack);
    } catch (error) {
      return this.error(error);
    }
    this.complete();
  }

  /** A source that completes before CONNACK is no error here: the link knows the reason. */
  override complete(): void {
    this.#isOver = true;
    if (this.#isSent) this.subscriber.complete();
  }

  giveUp(): void {
    this.error(connectTimeout(this.#config.timeout));
  }
}

const giveUp = (handshake?: Handshake): void => handshake!.giveUp();

/** Throws for a CONNACK that refuses the connection, or that does not match CONNECT. */
export function assertAccepted(connack: ConnackPacket, { clean, protocolVersion }: ConnectPacket): void {
  const { reasonCode, returnCode, sessionPresent, properties } = connack;
  if (isFailure(reasonCode)) {
    const originalCode = returnCode === undefined ? '' : `, return code ${returnCode}`;
    const { reasonString, serverReference } = properties ?? {};
    throw new MqttError(
      reasonCode === 0x84 ? 'UNSUPPORTED_PROTOCOL_VERSION' : 'CONNECTION_REFUSED',
      `the broker refused the connection: ${describeReason(reasonCode, reasonString)}${originalCode}`,
      {
        reasonCode,
        reasonString,
        serverReference,
        phase: 'mqtt',
        retryable: isRetryable(reasonCode),
      },
    );
  }
  if (protocolVersion !== 5) return;
  // a CONNACK of 5.0 is longer than two bytes: this broker speaks 3.x only
  if (returnCode !== undefined) {
    throw new MqttError(
      'UNSUPPORTED_PROTOCOL_VERSION',
      'the broker answered a CONNECT of MQTT 5.0 with a CONNACK of 3.x',
      {
        reasonCode: 0x84,
        phase: 'mqtt',
      },
    );
  }
  // [MQTT-3.2.2-4]; 3.1.1 does not require this, and 3.1 reserves the byte
  if (sessionPresent && clean) {
    throw protocolError('CONNACK', 'it says session present, though CONNECT asked for a clean session');
  }
}

function connectTimeout(ms: number): MqttError {
  return new MqttError('CONNECT_TIMEOUT', `no CONNACK came within ${ms} ms; is this an MQTT port?`, {
    phase: 'mqtt',
    retryable: true,
  });
}
