import { Observable, type OperatorFunction, type SchedulerLike, Subject, Subscription, defer, from } from 'rxjs';
import type { Authentication, AuthenticationChallenge, AuthenticationContext } from '../../options/authentication.js';
import { MqttError } from '../../errors.js';
import type { AuthPacket, ConnackPacket } from '../../packets.js';
import { CONTINUE, authPacket, challengeOf } from '../../protocol/authentication.js';
import { isBytes } from '../../protocol/bytes.js';
import { encodeUtf8 } from '../../protocol/utf8.js';

export interface AuthenticationExchangeConfig<O> {
  readonly authentication: Authentication;
  readonly context: AuthenticationContext;
  /** The packet that begins it, with what we say first. */
  readonly opening: (data: Uint8Array | undefined) => O;
  /** ms for all of it. */
  readonly timeout: number;
  /** The error when that is over; `waitedFor` says for whom. */
  readonly late: (waitedFor: string) => MqttError;
  readonly scheduler: SchedulerLike;
  /** Runs what the user's function has to say when it is its turn. */
  readonly run: (task: () => void) => void;
}

/** Bytes that a property can carry (5.0 section 1.5.6). */
const LONGEST = 0xffff;

/**
 * One authentication with the user's function, in turns (5.0 section 4.12): our opening, then one answer to each challenge.
 *
 * In: AUTH, and in the end the packet that accepts us. Out: the opening, then AUTH. Completes when the broker has accepted us, and
 * the function the broker. Errors with `AUTHENTICATION_FAILED`, with `PROTOCOL_ERROR` where the broker breaks the rules, or with
 * what `late` gives. Unsubscribing unsubscribes from the function.
 */
export function authenticationExchange<O>(
  config: AuthenticationExchangeConfig<O>,
): OperatorFunction<AuthPacket | ConnackPacket, O | AuthPacket> {
  const { authentication, context, opening, timeout, late, scheduler, run } = config;
  const { method, serverFirst } = authentication;
  return source$ =>
    new Observable(out => {
      const challenges = new Challenges();
      const source = new Subscription();
      let opened = false;
      let ourTurn = true;
      let accepted = false;
      let silent = false;

      const send = (data: Uint8Array | undefined) => {
        const packet = opened ? authPacket(CONTINUE, method, data) : opening(data);
        opened = true;
        ourTurn = false;
        out.next(packet);
      };

      const hear = (packet: AuthPacket | ConnackPacket) => {
        if (ourTurn) throw outOfTurn();
        const challenge = challengeOf(packet, method);
        accepted = challenge.final;
        ourTurn = !accepted;
        if (accepted) source.unsubscribe();
        if (!silent) challenges.announce(challenge);
        else if (accepted) out.complete();
        else throw misused('completed although the broker asks for more');
      };

      const say = (value: unknown) => {
        const data = typeof value === 'string' ? encodeUtf8(value) : value;
        if (!isBytes(data)) throw misused('emitted what is neither a Uint8Array nor text');
        if (data.length > LONGEST) throw misused('emitted more than 65,535 bytes');
        if (!ourTurn)
          throw misused('emitted a value that nothing asked for: each challenge takes one answer, the final one none');
        send(data);
      };

      const fallSilent = () => {
        silent = true;
        if (accepted) out.complete();
        else if (ourTurn) throw misused('completed although the broker waits for its answer');
      };

      const guarded = (task: () => void) => () => {
        try {
          task();
        } catch (error) {
          out.error(error);
        }
      };

      out.add(source);
      out.add(
        scheduler.schedule(
          () => out.error(late(ourTurn || accepted ? "the function 'exchange'" : 'the broker')),
          timeout,
        ),
      );
      source.add(
        source$.subscribe({
          next: packet => guarded(() => hear(packet))(),
          error: (error: unknown) => out.error(error),
        }),
      );
      if (serverFirst) send(undefined);
      if (out.closed) return;
      out.add(
        defer(() => from(authentication.exchange(challenges.challenge$, context))).subscribe({
          next: value => run(guarded(() => say(value))),
          error: (cause: unknown) => run(() => out.error(refused(cause))),
          complete: () => run(guarded(fallSilent)),
        }),
      );
    });
}

/** Keeps a challenge that nobody listens to yet: it may come within the call that says what it answers. */
class Challenges {
  readonly #challenge$ = new Subject<AuthenticationChallenge>();
  readonly #unheard: AuthenticationChallenge[] = [];

  readonly challenge$ = new Observable<AuthenticationChallenge>(subscriber => {
    for (let next = this.#unheard.shift(); next !== undefined; next = this.#unheard.shift()) subscriber.next(next);
    subscriber.add(this.#challenge$.subscribe(subscriber));
  });

  announce(challenge: AuthenticationChallenge): void {
    if (this.#challenge$.observed) this.#challenge$.next(challenge);
    else this.#unheard.push(challenge);
    if (challenge.final) this.#challenge$.complete();
  }
}

/** The message of the cause is the user's own and may hold a secret: it stays in the cause. */
function refused(cause: unknown): MqttError {
  return authenticationFailed('errored: see the cause', { cause, retryable: true });
}

function misused(how: string): MqttError {
  return authenticationFailed(how);
}

/** 5.0 section 3.14.2.1 leaves a client no better reason to tell than "unspecified error". */
function authenticationFailed(how: string, info: { cause?: unknown; retryable?: boolean } = {}): MqttError {
  const message = `the function 'exchange' of the option 'authentication' ${how}`;
  return new MqttError('AUTHENTICATION_FAILED', message, { reasonCode: 0x80, phase: 'auth', ...info });
}

function outOfTurn(): MqttError {
  return new MqttError(
    'PROTOCOL_ERROR',
    'the broker went on with the authentication before it had the answer of this client',
    {
      reasonCode: 0x82,
      phase: 'auth',
      retryable: true,
    },
  );
}
