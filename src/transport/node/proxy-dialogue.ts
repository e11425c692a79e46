import type { Socket } from 'node:net';
import { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import { wordsOf } from '../../quoted.js';

/** What is said, and how much of an answer it waits for: the bytes that belong to it, or undefined while they are not all there. */
export interface Turn {
  readonly say: Uint8Array;
  readonly answer: (received: Buffer) => number | undefined;
}

/** As a proxy wants them, percent-decoded. Empty where its URL has none. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What two ends say before a connection is a broker's: yields turns, is given the answers, throws a {@link Refusal}. */
export type Dialogue = Generator<Turn, void, Buffer>;

/** Why it came to nothing, in words that go on from "cannot connect to ...: ". */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly retryable = true,
  ) {
    super(message);
  }
}

/** No answer is as long. */
const LONGEST_ANSWER = 16 * 1024;

/** Holds a dialogue on a fresh socket. Emits the socket at its end and completes; unsubscribing before destroys it. */
export function converse(socket: Socket, dialogue: Dialogue, name: string): Observable<Socket> {
  return new Observable(subscriber => {
    let received: Buffer = Buffer.alloc(0);
    let turn: Turn | undefined;
    let taken = false;

    const fail = (cause: Error): void => {
      const { retryable = true } = cause as Partial<Refusal> & Error;
      const why = cause instanceof Refusal ? {} : { cause };
      subscriber.error(
        new MqttError('CONNECTION_FAILED', `cannot connect to ${name}: ${wordsOf(cause)}`, {
          phase: 'tcp',
          retryable,
          ...why,
        }),
      );
    };
    const hungUp = () => fail(new Refusal('it hung up before it had answered'));

    const step = (answer?: Buffer): void => {
      const next = answer === undefined ? dialogue.next() : dialogue.next(answer);
      if (!next.done) {
        turn = next.value;
        socket.write(turn.say);
        return;
      }
      turn = undefined;
      taken = true;
      stop();
      if (received.length > 0) socket.unshift(received);
      subscriber.next(socket);
      subscriber.complete();
    };
    const read = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) received = Buffer.concat([received, chunk]);
      try {
        for (let length; turn !== undefined && (length = turn.answer(received)) !== undefined;) {
          const answer = received.subarray(0, length);
          received = received.subarray(length);
          step(answer);
        }
        if (turn !== undefined && received.length > LONGEST_ANSWER) throw new Refusal('its answer is too long');
      } catch (cause) {
        fail(cause as Error);
      }
    };
    const stop = () => socket.off('readable', read).off('error', fail).off('end', hungUp).off('close', hungUp);

    socket.on('readable', read).on('error', fail).on('end', hungUp).on('close', hungUp);
    step();
    return () => {
      if (!taken) socket.destroy();
    };
  });
}
