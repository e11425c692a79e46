import type { Socket } from 'node:net';
import { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import { wordsOf } from '../../quoted.js';

/** A request and the end of its answer: `answer` returns the length of the answer, or undefined while it is incomplete. */
export interface Turn {
  readonly request: Uint8Array;
  readonly answer: (received: Buffer) => number | undefined;
}

/** The credentials for a proxy, percent-decoded; empty if its URL has none. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The requests that open a connection through a proxy. Yields turns, receives the answers, and throws a {@link Refusal}. */
export type Dialogue = Generator<Turn, void, Buffer>;

/** Why a proxy does not open the connection. Its message completes "cannot connect to ...: ". */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly retryable = true,
  ) {
    super(message);
  }
}

/** Bytes; no valid answer is longer. */
const LONGEST_ANSWER = 16 * 1024;

/** Runs a dialogue on a new socket. At its end emits the socket and completes. Unsubscribing before destroys the socket. */
export function runDialogue(socket: Socket, dialogue: Dialogue, name: string): Observable<Socket> {
  return new Observable(subscriber => {
    let received: Buffer = Buffer.alloc(0);
    let turn: Turn | undefined;
    let isHandedOver = false;

    const onError = (cause: Error): void => {
      const { retryable = true } = cause as Partial<Refusal> & Error;
      const info = cause instanceof Refusal ? {} : { cause };
      subscriber.error(
        new MqttError('CONNECTION_FAILED', `cannot connect to ${name}: ${wordsOf(cause)}`, {
          phase: 'tcp',
          retryable,
          ...info,
        }),
      );
    };
    const onEnd = () => onError(new Refusal('it hung up before it answered'));

    const advance = (answer?: Buffer): void => {
      const next = answer === undefined ? dialogue.next() : dialogue.next(answer);
      if (!next.done) {
        turn = next.value;
        socket.write(turn.request);
        return;
      }
      turn = undefined;
      isHandedOver = true;
      removeListeners();
      if (received.length > 0) socket.unshift(received);
      subscriber.next(socket);
      subscriber.complete();
    };
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) received = Buffer.concat([received, chunk]);
      try {
        for (let length; turn !== undefined && (length = turn.answer(received)) !== undefined;) {
          const answer = received.subarray(0, length);
          received = received.subarray(length);
          advance(answer);
        }
        if (turn !== undefined && received.length > LONGEST_ANSWER) throw new Refusal('its answer is too long');
      } catch (cause) {
        onError(cause as Error);
      }
    };
    const removeListeners = () =>
      socket.off('readable', onReadable).off('error', onError).off('end', onEnd).off('close', onEnd);

    socket.on('readable', onReadable).on('error', onError).on('end', onEnd).on('close', onEnd);
    advance();
    return () => {
      if (!isHandedOver) socket.destroy();
    };
  });
}
