import { Observable, type OperatorFunction, type SchedulerLike, Subject, Subscription, defer, from } from 'rxjs';
import type { Authentication, AuthenticationChallenge, AuthenticationContext } from '../../options/authentication.js';
import { MqttError } from '../../errors.js';
import type { AuthPacket, ConnackPacket } from '../../packets.js';
import { CONTINUE, createAuthPacket, authenticationError, challengeOf } from '../../protocol/authentication.js';
import { isBytes } from '../../protocol/bytes.js';
import { encodeUtf8 } from '../../protocol/utf8.js';

export interface AuthenticationExchangeConfig<O> {
  readonly authentication: Authentication;
  readonly context: AuthenticationContext;
  /** Returns the packet that begins the exchange, with the first data of the client. */
  readonly firstPacket: (data: Uint8Array | undefined) => O;
  /** ms for the whole exchange. */
  readonly timeout: number;
  /** Returns the error for an exchange that takes longer; `waitedFor` names the side that did not answer. */
  readonly timeoutError: (waitedFor: string) => MqttError;
  readonly scheduler: SchedulerLike;
  /** Runs a task of the user's function so that it does not interleave with other work of the client. */
  readonly run: (task: () => void) => void;
}

/** The most bytes that a property can hold (5.0 section 1.5.6). */
const LONGEST_DATA = 0xffff;

/**
 * Runs one authentication between the broker and the user's function (5.0 section 4.12): the first packet of the client, then one
 * answer to each challenge.
 *
 * In: AUTH, and at last the packet that accepts the client. Out: the first packet, then AUTH. Completes when the broker has accepted
 * the client, and the function has completed. Errors with `AUTHENTICATION_FAILED`, with `PROTOCOL_ERROR` for a packet that the exchange
 * does not allow, or with the error of `timeoutError`. Unsubscribing unsubscribes from the function.
 */
export function authenticationExchange<O>(
  config: AuthenticationExchangeConfig<O>,
): OperatorFunction<AuthPacket | ConnackPacket, O | AuthPacket> {
  const { authentication, context, firstPacket, timeout, timeoutError, scheduler, run } = config;
  const { method, serverFirst } = authentication;
  return source$ =>
    new Observable(subscriber => {
      const challenges = new Challenges();
      const source = new Subscription();
      let hasSentFirst = false;
      let isClientsTurn = true;
      let isAccepted = false;
      let hasCompleted = false;

      const send = (data: Uint8Array | undefined) => {
        const packet = hasSentFirst ? createAuthPacket(CONTINUE, method, data) : firstPacket(data);
        hasSentFirst = true;
        isClientsTurn = false;
        subscriber.next(packet);
      };

      const receive = (packet: AuthPacket | ConnackPacket) => {
        if (isClientsTurn) throw outOfTurn(packet);
        const challenge = challengeOf(packet, method);
        isAccepted = challenge.final;
        isClientsTurn = !isAccepted;
        if (isAccepted) source.unsubscribe();
        if (!hasCompleted) challenges.next(challenge);
        else if (isAccepted) subscriber.complete();
        else throw exchangeFailed('completed although the broker asks for more');
      };

      const sendAnswer = (value: unknown) => {
        const data = typeof value === 'string' ? encodeUtf8(value) : value;
        if (!isBytes(data)) throw exchangeFailed('emitted what is neither a Uint8Array nor text');
        if (data.length > LONGEST_DATA) throw exchangeFailed('emitted more than 65,535 bytes');
        if (!isClientsTurn)
          throw exchangeFailed(
            'emitted a value that nothing asked for: each challenge takes one answer, the final one none',
          );
        send(data);
      };

      const completeAnswers = () => {
        hasCompleted = true;
        if (isAccepted) subscriber.complete();
        else if (isClientsTurn) throw exchangeFailed('completed although the broker waits for its answer');
      };

      const attempt = (task: () => void) => {
        try {
          task();
        } catch (error) {
          subscriber.error(error);
        }
      };

      subscriber.add(source);
      subscriber.add(
        scheduler.schedule(
          () => subscriber.error(timeoutError(isClientsTurn || isAccepted ? "the function 'exchange'" : 'the broker')),
          timeout,
        ),
      );
      source.add(
        source$.subscribe({
          next: packet => attempt(() => receive(packet)),
          error: (error: unknown) => subscriber.error(error),
        }),
      );
      if (serverFirst) send(undefined);
      if (subscriber.closed) return;
      subscriber.add(
        defer(() => from(authentication.exchange(challenges.challenge$, context))).subscribe({
          next: value => run(() => attempt(() => sendAnswer(value))),
          error: (cause: unknown) => run(() => subscriber.error(exchangeErrored(cause))),
          complete: () => run(() => attempt(completeAnswers)),
        }),
      );
    });
}

/** Buffers challenges until the user's function subscribes: a challenge can arrive while the function emits what it answers. */
class Challenges {
  readonly #challenge$ = new Subject<AuthenticationChallenge>();
  readonly #pending: AuthenticationChallenge[] = [];

  readonly challenge$ = new Observable<AuthenticationChallenge>(subscriber => {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) subscriber.next(next);
    subscriber.add(this.#challenge$.subscribe(subscriber));
  });

  next(challenge: AuthenticationChallenge): void {
    if (this.#challenge$.observed) this.#challenge$.next(challenge);
    else this.#pending.push(challenge);
    if (challenge.final) this.#challenge$.complete();
  }
}

/** The message of the cause is the user's own and may hold a secret, so only the cause has it. */
function exchangeErrored(cause: unknown): MqttError {
  return exchangeFailed('errored: see the cause', { cause, retryable: true });
}

/** The reason codes of DISCONNECT (5.0 section 3.14.2.1) have none for a failed authentication: "unspecified error" fits best. */
function exchangeFailed(how: string, info: { cause?: unknown; retryable?: boolean } = {}): MqttError {
  const message = `the function 'exchange' of option 'authentication' ${how}`;
  return new MqttError('AUTHENTICATION_FAILED', message, { reasonCode: 0x80, phase: 'auth', ...info });
}

function outOfTurn({ cmd }: AuthPacket | ConnackPacket): MqttError {
  return authenticationError(cmd, 'it came before the answer of this client');
}
